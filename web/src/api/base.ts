/** Where the page is served: `/` or `/rollcall/`. The server writes it into the base element. */
export const BASE_PATH = new URL('.', document.baseURI).pathname;

/** `https://inventory.example/rollcall/` */
export const SERVER_URL = new URL(BASE_PATH, document.baseURI).href;
