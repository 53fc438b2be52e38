// The first picture: the answer, and the services in the window, drawn by the page's own components as soon as the first answer is there and while
// the rest of the page is still on its way. It lies where the page will lie, and nothing in it can be pressed.
import type { Overview } from '../api/types';
import { arrange } from '../health/arrange';
import { BrokenFiles } from '../health/broken-files';
import { Chips } from '../health/chips';
import { headlineOf, tabTitle } from '../health/headline';
import { GateLine, HeadlineView } from '../health/headline-view';
import { holdersOf, knownTitles } from '../health/holders';
import { countLights } from '../health/light';
import { LostNetwork } from '../health/lost-network';
import { RowOf, type Shared } from '../health/row';
import { heightOf, isDense, type Row, rowsOf } from '../health/rows';
import { Brand, Ways } from '../shell/ways';
import { t } from '../strings';
import { showInTab } from '../ui/tab';
import { Ago, At, For, Stamp, words } from '../ui/time';
import { draw, type StandIns } from './still';

/** Times stand still. */
function standInsAt(nowMs: number): StandIns {
  const at = (stamp: string | null, read: (ms: number) => string) => (
    <Stamp at={stamp} text={stamp ? read(Date.parse(stamp)) : ''} />
  );
  return new Map<unknown, (props: never) => React.ReactNode>([
    [Ago, (props: { at: string | null }) => at(props.at, (ms) => words.ago(ms, nowMs))],
    [For, (props: { since: string | null }) => at(props.since, (ms) => words.since(ms, nowMs))],
    [
      At,
      (props: { at: string | null; seconds?: boolean }) => at(props.at, (ms) => words.at(ms, nowMs, !!props.seconds)),
    ],
  ]);
}

function Frame({ overview, nowMs }: { overview: Overview; nowMs: number }) {
  const { services, blocking, ready } = overview;
  return (
    <>
      <header className="bar">
        <div className="bar-within">
          <Brand />
          <Ways page="overview" />
          <span className="bar-end" />
        </div>
      </header>
      <main>
        <HeadlineView {...headlineOf(overview, true, null, nowMs)}>
          <GateLine ready={ready} holders={holdersOf(blocking, knownTitles(services))} />
        </HeadlineView>
        <section>
          {overview.network && <LostNetwork lost={overview.network} />}
          <BrokenFiles files={overview.broken_files} />
          {services.length > 0 && (
            <search className="toolbar">
              <Chips counts={countLights(services, true)} chosen={null} />
              <span className="search" />
            </search>
          )}
          <div className="cards" />
        </section>
      </main>
    </>
  );
}

/** Those that lie within the window, whole or in part. */
function seen(rows: Row[], room: number): Row[] {
  let height = 0;
  return rows.filter((row) => {
    const isSeen = height < room;
    height += heightOf(row);
    return isSeen;
  });
}

export function drawApology(place: HTMLElement) {
  draw(place, <p className="page-waiting quiet">{t.tryingAgain(t.noAnswer)}</p>, new Map());
}

/** Draws it into `place`, which is empty. */
export function drawPicture(place: HTMLElement, overview: Overview) {
  const nowMs = Date.parse(overview.generated_at);
  const standIns = standInsAt(nowMs);
  const { services } = overview;
  const headline = headlineOf(overview, true, null, nowMs);
  showInTab(tabTitle(overview, true, null), headline.light);
  draw(place, <Frame overview={overview} nowMs={nowMs} />, standIns);
  const cards = place.querySelector('.cards');
  if (!cards || services.length === 0) return;
  const order = arrange(services, true, { text: '', light: null });
  const rows = rowsOf(order, cards.clientWidth, isDense(services.length));
  const shared: Shared = {
    services: new Map(services.map((one) => [one.service_name, one])),
    trusted: true,
    graphs: undefined,
    count: services.length,
  };
  for (const row of seen(rows, innerHeight - cards.getBoundingClientRect().top)) {
    draw(cards, <RowOf row={row} shared={shared} />, standIns);
  }
}
