/**
 * Limits on what a server may send before it is taken for broken or hostile. They are far above what vCenter sends: 250 VMs with
 * their devices are about 2.6 MB of XML (measured with vcsim).
 */

/** Of one answer, and of all answers under way. */
export const MAX_ANSWER_BYTES = 32 * 2 ** 20;
export const MAX_BYTES_UNDER_WAY = 128 * 2 ** 20;

/** Elements of one answer, and levels of nesting. A snapshot tree has at most 32 levels (VMware KB 1025279). */
export const MAX_ELEMENTS = 4_000_000;
export const MAX_DEPTH = 256;

/** Objects of one walk or one filter. */
export const MAX_OBJECTS = 250_000;
/** Asked for in one page of a walk; vCenter may send fewer. */
export const PAGE_OBJECTS = 250;
/** Asked for by name. vCenter 7.0.3 to 8.0.2 refuses restricted users what comes after the first 100 objects. */
export const NAMED_OBJECTS = 100;

/** One call of ReadNextEvents takes at most 1,000 (vSphere API, SetCollectorPageSize). */
export const PAGE_EVENTS = 1_000;
export const MAX_EVENTS = 250_000;
