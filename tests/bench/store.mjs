// Results into Postgres: through the whole path (journal, store, windows' and services' rows) beside a bare binary COPY of the same rows into the same table.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { median, output, report, spread } from './lib.mjs';

const ROWS = 100000;
const ROUNDS = 5;
/** As many as the store has in a transaction when it is behind. */
const BATCH = 5000;

/** Bytes a row, from what the last run has left. */
async function reportBytes(postgres) {
  const [{ rows, heap, indexes, whole }] = await postgres.rows(`
    SELECT (SELECT count(*) FROM health_checks)::int AS rows, sum(pg_relation_size(c.oid))::bigint AS heap, sum(pg_indexes_size(c.oid))::bigint AS indexes,
           sum(pg_total_relation_size(c.oid))::bigint AS whole
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'health_checks'::regclass`);
  const each = (bytes) => (bytes / rows).toFixed(0);
  const byIndex = await postgres.rows(`
    SELECT regexp_replace(x.relname, '^health_checks_\\w+?_(\\D)', '\\1') AS name, sum(pg_relation_size(x.oid))::bigint AS bytes
    FROM pg_inherits i JOIN pg_index n ON n.indrelid = i.inhrelid JOIN pg_class x ON x.oid = n.indexrelid
    WHERE i.inhparent = 'health_checks'::regclass GROUP BY 1 ORDER BY 2 DESC`);
  report('a check on disk, with 75 bytes of measures', `${each(whole)} bytes: ${each(heap)} the row, ${each(indexes)} its indexes (${byIndex
    .map(({ name, bytes }) => `${name.replace(/_idx$/, '')} ${each(bytes)}`)
    .join(', ')})`);
}

export default async function bench(build) {
  const { Postgres } = await import('../e2e/lib/postgres.mjs');
  const { runProgram } = await import('../e2e/lib/program.mjs');
  const { project } = await import('../e2e/lib/stack.mjs');
  const directory = await mkdtemp(path.join(os.tmpdir(), 'signalbox-bench-'));
  await runProgram(['chmod', '711', directory]);
  await runProgram(['mkdir', `${directory}/log`]);
  const postgres = await Postgres.start(`${directory}/pg`, { fsync: 'on', shared_buffers: '256MB', max_wal_size: '2GB' });
  try {
    await runProgram([`${build}/signalbox`, 'migrate', '--database', postgres.url(), '--migrations', `${project}/migrations`]);
    const measure = async (how, round, batch) => {
      const { rows, wall_us, client_us, backend_us } = JSON.parse(
        await output([`${build}/tests/bench-store`, postgres.url(), `${directory}/journal-${round}`, String(ROWS), how, String(batch)]),
      );
      return { client: client_us / rows, backend: backend_us / rows, cpu: (client_us + backend_us) / rows, rate: rows / (wall_us / 1e6) };
    };
    const ours = [], copies = [], whole = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await measure('path', round, 0));
      copies.push(await measure('copy', round, BATCH));
      whole.push(await measure('copy', round, ROWS));
    }
    await measure('path', ROUNDS, 0);
    const all = (list, key) => list.map((item) => item[key]);
    const against = (list) => ours.map((item, i) => item.cpu / list[i].cpu);
    report(`results through journal and store / binary COPY in commits of ${BATCH}: CPU a result, client and backend`,
      `${spread(against(copies))} x   (${spread(all(ours, 'cpu'), 1)} us / ${spread(all(copies, 'cpu'), 1)} us)`, 'at most 2 x', median(against(copies)) <= 2);
    report('  the same / one COPY of everything', `${spread(against(whole))} x   (${spread(all(whole, 'cpu'), 1)} us)`);
    report('  of it', `client ${spread(all(ours, 'client'), 1)} us, backend ${spread(all(ours, 'backend'), 1)} us`);
    report('  results stored a second, all at once', `${spread(all(ours, 'rate'), 0)}   (COPY ${spread(all(copies, 'rate'), 0)})`);
    await reportBytes(postgres);
  } finally {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
