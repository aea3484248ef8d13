import {
  ATTRIBUTION_SOURCES,
  type Attribution,
  CHANGE_EVENTS,
  CHANGE_KINDS,
  type ChangeEvent,
  type ChangeKind,
  CONFIDENCES,
  type PlannedChange,
  RESOURCE_TYPES,
  type ResourceType,
} from '../../types/history.ts';
import { storableText } from '../db/dialect.ts';
import { type Guard, isNullOr, isText, isWord } from '../db/stored-shape.ts';

/**
 * The fields that many changes share, kept once in `texts` as JSON. A ref is `head + ref + mid + refId + tail`; the change
 * itself keeps `ref` and `refId`.
 */
export interface ChangeLabel extends Pick<Attribution, 'actor' | 'token' | 'source' | 'via' | 'confidence'> {
  resourceType: ResourceType;
  kind: ChangeKind;
  event: ChangeEvent | null;
  head: string;
  mid: string;
  tail: string;
}

const isResourceType = isWord(RESOURCE_TYPES);
const isKind = isWord(CHANGE_KINDS);
const isEvent = isNullOr(isWord(CHANGE_EVENTS));
const isSource = isWord(ATTRIBUTION_SOURCES);
const isConfidence = isWord(CONFIDENCES);
const isTextOrNull = isNullOr(isText);

type Fields = [
  ResourceType,
  ChangeKind,
  ChangeEvent | null,
  actor: string | null,
  token: string | null,
  Attribution['source'],
  via: string | null,
  Attribution['confidence'],
  head: string,
  mid: string,
  tail: string,
];

/** The positions of the parts of a ref in the JSON. */
export const REF_PARTS = { head: 8, mid: 9, tail: 10 } as const;

/** Leaves out the parts that differ between guests and seconds: the process, its times, and the vmid. */
const UPID = /^(UPID:[^:]+:)([\dA-F]+:[\dA-F]+:[\dA-F]+)(:[^:]+:)([1-9]\d{0,8})(:[^:]+:)$/;
const LOG_LINE = /^([^/]+\/)(.+)$/s;

/** The label as text, and the parts of the ref that the change keeps. */
export function encodeLabel({
  attribution,
  ...change
}: Pick<PlannedChange, 'resourceType' | 'kind' | 'event' | 'attribution'>): {
  text: string;
  ref: string | null;
  refId: number | null;
} {
  const { resourceType, kind, event } = change;
  const { actor, token, source, via, confidence } = attribution;
  const { ref, refId, head, mid, tail } = splitRef(attribution.ref);
  const fields = [resourceType, kind, event, actor, token, source, via, confidence, head, mid, tail] satisfies Fields;
  const text = JSON.stringify(fields.map((field) => (field === null ? null : storableText(field))));
  return { text, ref, refId };
}

/** null for a text that is not a label, or that {@link encodeLabel} would write differently. */
export function decodeLabel(text: string): ChangeLabel | null {
  const fields = parsed(text);
  if (!isFields(fields) || JSON.stringify(fields) !== text) return null;
  const [resourceType, kind, event, actor, token, source, via, confidence, head, mid, tail] = fields;
  return { resourceType, kind, event, actor, token, source, via, confidence, head, mid, tail };
}

/** Whether a change or its label holds parts of a ref. Without a ref, they must hold none. */
export function hasRefParts({ head, mid, tail }: ChangeLabel, refId: number | null): boolean {
  return refId !== null || head + mid + tail !== '';
}

/** Decodes each label once: a history of a million changes has some thousands of them. */
export class LabelDecoder {
  readonly #labels = new Map<string, ChangeLabel | null>();

  decode(text: string): ChangeLabel | null {
    let label = this.#labels.get(text);
    if (label === undefined) {
      label = decodeLabel(text);
      this.#labels.set(text, label);
    }
    return label;
  }
}

/** The whole ref. `ref` and `refId` are the parts that the change keeps. */
export function joinRef({ head, mid, tail }: ChangeLabel, ref: string | null, refId: number | null): string | null {
  return ref === null ? null : `${head}${ref}${mid}${refId ?? ''}${tail}`;
}

function splitRef(ref: string | null) {
  const whole = { head: '', ref, mid: '', refId: null, tail: '' };
  if (ref === null) return whole;
  const [, head, process, mid, vmid, tail] = UPID.exec(ref) ?? [];
  if (head !== undefined && process !== undefined && mid !== undefined && tail !== undefined)
    return { head, ref: process, mid, refId: Number(vmid), tail };
  const [, node, uid] = LOG_LINE.exec(ref) ?? [];
  return node === undefined || uid === undefined ? whole : { ...whole, head: node, ref: uid };
}

type Guards<T extends readonly unknown[]> = { [I in keyof T]: Guard<T[I]> };

const FIELDS: Guards<Fields> = [
  isResourceType,
  isKind,
  isEvent,
  isTextOrNull,
  isTextOrNull,
  isSource,
  isTextOrNull,
  isConfidence,
  isText,
  isText,
  isText,
];

function isFields(value: unknown): value is Fields {
  return (
    Array.isArray(value) && value.length === FIELDS.length && FIELDS.every((isField, index) => isField(value[index]))
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
