// What a script or a program gave back, as it can be read: a text as it is, a table as names and values, a list of like tables as rows and columns.
import './output.css';
import { t } from '../strings';

/** Deeper than this it is shown as JSON. */
const DEPTH_MOST = 4;

type Table = Record<string, unknown>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isFlat = (value: unknown): boolean => typeof value !== 'object' || value === null;
/** Said on one line. */
const isShort = (value: unknown): boolean => isFlat(value) || (Array.isArray(value) && value.every(isFlat));
/** A null and an empty list say nothing that their absence does not. */
const saysNothing = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

function Rows({ rows }: { rows: readonly Table[] }) {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return (
    <table className="output-rows">
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <tr key={i}>
            {heads.map((head) => (
              <td key={head}>{saysNothing(row[head]) ? t.nothing : String(row[head])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Names({ table, depth }: { table: Table; depth: number }) {
  return (
    <dl className="output-names">
      {Object.entries(table)
        .filter(([, one]) => !saysNothing(one))
        .map(([key, one]) => (
          <div key={key} className={isShort(one) ? undefined : 'output-nested'}>
            <dt>{key}</dt>
            <dd>
              <Value value={one} depth={depth + 1} />
            </dd>
          </div>
        ))}
    </dl>
  );
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  if (isFlat(value)) return String(value);
  if (Array.isArray(value) && value.every(isFlat)) return value.join(', ');
  if (depth > DEPTH_MOST) return JSON.stringify(value, null, 2);
  if (Array.isArray(value) && value.every((row) => isTable(row) && Object.values(row).every(isFlat)))
    return <Rows rows={value} />;
  if (isTable(value)) return <Names table={value} depth={depth} />;
  return JSON.stringify(value, null, 2);
}

export function Output({ value }: { value: unknown }) {
  if (saysNothing(value)) return null;
  return typeof value === 'string' ? (
    <pre className="output">{value}</pre>
  ) : (
    <div className="output">
      <Value value={value} depth={0} />
    </div>
  );
}
