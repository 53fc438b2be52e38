// What a script or a program gave back, as it can be read: a text as it is, a flat table as names and values, anything else as JSON.
export function Output({ value }: { value: unknown }) {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string') return <pre className="output">{value}</pre>;
  if (typeof value === 'object' && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.every(([, one]) => one === null || typeof one !== 'object')) {
      return (
        <dl className="output output-flat">
          {entries.map(([key, one]) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{String(one)}</dd>
            </div>
          ))}
        </dl>
      );
    }
  }
  return <pre className="output">{JSON.stringify(value, null, 2)}</pre>;
}
