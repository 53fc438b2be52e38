// Cards that came by themselves, into the overview that was asked for. Pure.
import type { Overview, Service } from '../api/types';

/** The overview with the new cards in place; cards of services that it does not know wait for the next question. What the stream does not carry
 * (uptime) stays as it was. The same object when nothing changed. */
export function mergeCards(overview: Overview, cards: readonly Service[]): Overview {
  const news = new Map(cards.map((card) => [card.service_name, card]));
  let changed = false;
  const services = overview.services.map((service) => {
    const card = news.get(service.service_name);
    if (!card || (card.checked_at ?? '') < (service.checked_at ?? '')) return service;
    changed = true;
    return { ...service, ...card, uptime: card.uptime ?? service.uptime };
  });
  return changed ? { ...overview, services } : overview;
}
