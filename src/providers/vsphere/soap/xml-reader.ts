import { feedXml, UnreadableXml, type XmlBuilder } from '../../../net/feed-xml.ts';
import { MAX_DEPTH, MAX_ELEMENTS } from './limits.ts';
import type { XmlElement } from './xml-element.ts';

export interface XmlLimits {
  maxDepth?: number;
  maxElements?: number;
}

/** Elements that are handed out as they are read, in place of being kept: a page of 250 VMs has some 50,000 elements (vcsim). */
export interface TakenElements {
  name: string;
  /** How many others they are in. */
  level: number;
  take: (element: XmlElement) => void;
}

/** Of every element without children, and never changed. */
const NO_CHILDREN: XmlElement[] = [];

interface OpenElement extends XmlElement {
  text: string;
  children: XmlElement[];
}

/** Reads a document into its root element. Throws UnreadableXml, and what `taken.take` throws. */
export async function readXml(text: string, limits: XmlLimits = {}, taken?: TakenElements): Promise<XmlElement> {
  const builder = new TreeBuilder(limits, taken);
  await feedXml(text, builder, () => {
    for (const element of builder.handOut()) taken?.take(element);
  });
  const { root } = builder;
  if (root === null) throw new UnreadableXml('it ends early', true);
  return root;
}

class TreeBuilder implements XmlBuilder {
  root: XmlElement | null = null;
  readonly #open: OpenElement[] = [];
  readonly #maxDepth: number;
  readonly #maxElements: number;
  readonly #taken: TakenElements | undefined;
  #done: XmlElement[] = [];
  #elements = 0;

  constructor({ maxDepth = MAX_DEPTH, maxElements = MAX_ELEMENTS }: XmlLimits, taken: TakenElements | undefined) {
    this.#taken = taken;
    this.#maxDepth = maxDepth;
    this.#maxElements = maxElements;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#elements += 1;
    if (this.#elements > this.#maxElements) throw new UnreadableXml(`it has more than ${this.#maxElements} elements`);
    if (this.#open.length >= this.#maxDepth) throw new UnreadableXml(`it nests more than ${this.#maxDepth} levels`);
    let kind: string | null = null;
    let type: string | null = null;
    for (const key in attributes) {
      // `xsi` by convention, but vcsim calls it `XMLSchema-instance`.
      if (key.endsWith(':type')) kind = withoutPrefix(attributes[key] ?? '');
      else if (key === 'type') type = attributes[key] ?? null;
    }
    this.#open.push({ name: withoutPrefix(name), kind, type, text: '', children: NO_CHILDREN });
  }

  add(text: string): void {
    const current = this.#open.at(-1);
    if (current !== undefined && current.children === NO_CHILDREN) current.text += text;
  }

  close(): void {
    const done = this.#open.pop();
    if (done === undefined) return;
    const parent = this.#open.at(-1);
    if (parent === undefined) this.root ??= done;
    else if (this.#isTaken(done)) this.#done.push(done);
    else addChild(parent, done);
  }

  /** Those that are whole by now. */
  handOut(): readonly XmlElement[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  #isTaken({ name }: XmlElement): boolean {
    return this.#taken !== undefined && this.#open.length === this.#taken.level && name === this.#taken.name;
  }
}

/** Text beside elements is only space. */
function addChild(parent: OpenElement, child: XmlElement): void {
  if (parent.children === NO_CHILDREN) {
    parent.text = '';
    parent.children = [child];
  } else parent.children.push(child);
}

function withoutPrefix(name: string): string {
  const colon = name.indexOf(':');
  return colon < 0 ? name : name.slice(colon + 1);
}
