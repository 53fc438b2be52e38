// Draws elements once, without React: components that keep nothing are functions from properties to elements, and that is all that is needed of them
// before the rest of the page is there. What listens to events stays deaf.
import { Fragment, type ReactNode } from 'react';

const SVG = 'http://www.w3.org/2000/svg';

type Component = (props: never) => ReactNode;

/** What stands in for components that would keep something. */
export type StandIns = ReadonlyMap<unknown, Component>;

function setAttribute(element: Element, name: string, value: unknown) {
  if (name === 'children' || name === 'key' || typeof value === 'function' || value === null || value === undefined)
    return;
  if (typeof value === 'boolean' && !name.startsWith('aria-')) element.toggleAttribute(name, value);
  else element.setAttribute(name === 'className' ? 'class' : name, String(value));
}

/** Appends what `node` looks like. */
export function draw(parent: Element, node: ReactNode, standIns: StandIns): void {
  if (node === null || node === undefined || typeof node === 'boolean') return;
  if (Array.isArray(node)) {
    for (const one of node) draw(parent, one, standIns);
    return;
  }
  if (typeof node !== 'object') {
    parent.append(String(node));
    return;
  }
  const { type, props } = node as unknown as { type: unknown; props: Record<string, ReactNode> };
  if (type === Fragment) {
    draw(parent, props.children, standIns);
  } else if (typeof type === 'string') {
    const within = type === 'svg' || parent.namespaceURI === SVG;
    const element = within ? document.createElementNS(SVG, type) : document.createElement(type);
    for (const [name, value] of Object.entries(props)) setAttribute(element, name, value);
    draw(element, props.children, standIns);
    parent.append(element);
  } else {
    // memo() wraps a component.
    const plain = typeof type === 'object' && type !== null && 'type' in type ? type.type : type;
    const component = standIns.get(type) ?? (plain as Component);
    draw(parent, component(props as never), standIns);
  }
}
