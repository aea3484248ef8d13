/** What is stored of the present: guests, nodes, storages, tasks, providers and runs. Reads only. */
export class InventoryRepository {}
