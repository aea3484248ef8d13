/** By what two entries of the inventory are known to be one machine, the strongest evidence first. */
export type LinkEvidence = 'uuid' | 'mac' | 'name-and-address';

/** The other entry of the inventory that is the same machine: what manages a guest, or the guest that is managed. */
export interface MachineLink {
  /** Of the other entry. */
  id: string;
  providerName: string;
  nativeId: string;
  name: string | null;
  by: LinkEvidence;
  /** `exact`: no other entry of either side has that UUID or MAC address; `likely`: name and an address agree. */
  confidence: 'exact' | 'likely';
}

/** A guest that is not gone, with what tells which machine it is, as it was told. */
export interface MachineRow {
  id: string;
  providerId: string;
  nativeId: string;
  name: string | null;
  isPresent: boolean;
  /** Of the firmware. */
  uuid: string | null;
  macs: readonly string[];
  hostnames: readonly string[];
  addresses: readonly string[];
}
