// The pointer over the lanes: a line through all of them at one moment, a stretch drawn with the button down to look closer at it, and the wheel with
// Ctrl. It writes into the page past React: it moves with every pixel.
import { type RefObject, useEffect } from 'react';
import { dayAndTime } from '../ui/format';
import { type View, within, zoom } from './view';

/** A shorter stretch is a click, CSS pixels. */
const DRAG_LEAST_PX = 8;

interface Options {
  chart: RefObject<HTMLDivElement | null>;
  axis: RefObject<HTMLDivElement | null>;
  view: View;
  whole: View;
  onView: (view: View) => void;
}

/** Where the pointer is along the axis, 0 to 1; null beside it. */
function shareAt(axis: HTMLElement, clientX: number): number | null {
  const { left, width } = axis.getBoundingClientRect();
  const share = (clientX - left) / width;
  return share >= 0 && share <= 1 ? share : null;
}

export function usePointing({ chart, axis, view, whole, onView }: Options) {
  useEffect(() => {
    const host = chart.current;
    const ruler = axis.current;
    if (!host || !ruler) return;
    const length = view.toMs - view.fromMs;
    const line = document.createElement('div');
    line.className = 'crosshair';
    line.hidden = true;
    host.append(line);
    let begun: number | null = null;

    const place = (from: number, to: number) => {
      const left = ruler.offsetLeft + ruler.clientWidth * Math.min(from, to);
      line.style.left = `${left}px`;
      line.style.width = `${Math.abs(to - from) * ruler.clientWidth}px`;
    };
    function onMove(event: PointerEvent) {
      const share = ruler && shareAt(ruler, event.clientX);
      line.hidden = share === null;
      if (share === null) return;
      line.dataset.time = dayAndTime(view.fromMs + share * length);
      line.classList.toggle('crosshair-drag', begun !== null);
      place(begun ?? share, share);
    }
    function onDown(event: PointerEvent) {
      if (event.button === 0 && event.pointerType === 'mouse') begun = ruler && shareAt(ruler, event.clientX);
    }
    function onUp(event: PointerEvent) {
      const share = ruler && shareAt(ruler, event.clientX);
      const from = begun;
      begun = null;
      if (from === null || share === null || Math.abs(share - from) * (ruler?.clientWidth ?? 0) < DRAG_LEAST_PX) return;
      // The click that follows is no click on a block.
      addEventListener('click', (click) => click.preventDefault(), { capture: true, once: true });
      const [a, b] = [Math.min(from, share), Math.max(from, share)];
      onView(within({ fromMs: view.fromMs + a * length, toMs: view.fromMs + b * length }, whole));
    }
    function onLeave() {
      line.hidden = true;
      begun = null;
    }
    function onWheel(event: WheelEvent) {
      const share = ruler && shareAt(ruler, event.clientX);
      if (!event.ctrlKey || share === null) return;
      event.preventDefault();
      onView(zoom(view, whole, event.deltaY > 0 ? 1.25 : 0.8, share));
    }
    const noDrag = (event: Event) => event.preventDefault();
    host.addEventListener('pointermove', onMove);
    host.addEventListener('pointerdown', onDown);
    host.addEventListener('pointerup', onUp);
    host.addEventListener('pointerleave', onLeave);
    host.addEventListener('dragstart', noDrag);
    host.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      line.remove();
      host.removeEventListener('pointermove', onMove);
      host.removeEventListener('pointerdown', onDown);
      host.removeEventListener('pointerup', onUp);
      host.removeEventListener('pointerleave', onLeave);
      host.removeEventListener('dragstart', noDrag);
      host.removeEventListener('wheel', onWheel);
    };
  }, [chart, axis, view, whole, onView]);
}
