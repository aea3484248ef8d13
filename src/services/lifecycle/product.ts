export interface Release {
  /** As systems tell it, lower case: `12`, `22.04`, `2008r2`. */
  version: string;
  /** Where people call it otherwise than `PRODUCT VERSION`. */
  name?: string;
  /** The last day with security updates that need no further contract; null: the vendor has named none, or several. */
  ends: string | null;
  /** The last day of the vendor's regular support, where a reduced one goes on until `ends`. */
  regularEnds?: string;
  /** The last day for those who pay. */
  paidEnds?: string;
  /** `bookworm` */
  codename?: string;
  /** Not what one moves to: its support is short. */
  isInterim?: true;
}

export interface Product {
  id: string;
  name: string;
  /** The vendor's page that has the dates. */
  source: string;
  /** How systems begin to call themselves, lower case. */
  names: readonly string[];
  /** Words of images before the version. */
  imageWords?: readonly string[];
  /** Of the reduced support until `ends`: `LTS`. */
  reduced?: string;
  /** What `paidEnds` needs: `Ubuntu Pro`. */
  paid?: string;
  /** The `ostype` of containers that run it; `windows` and `freebsd` for what no container runs. */
  family?: string;
  /** How a guest id begins where it names a version: `debian` of `debian11_64Guest`. */
  guestId?: string;
  /** Nodes of this kind of provider run it. */
  platform?: string;
  /** Where no later release of it is the way on. */
  moveTo?: string;
  /** The newest first. */
  releases: readonly Release[];
}

export interface ProductRelease {
  product: Product;
  release: Release;
}
