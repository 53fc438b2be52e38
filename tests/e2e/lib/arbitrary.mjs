// From the OpenAPI document's schemas to values of them, and to values that are nearly of them (fast-check).
import fc from 'fast-check';

const SPECIAL = ['', ' ', '0', '-1', '1e999', 'null', 'NaN', "' OR '1'='1", '../../etc/passwd', '%00', '%', '\u0000', '\ud800', '\u202e', 'ü', '🚦', 'a'.repeat(300), '{}'];

const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...SPECIAL) }, fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }));
const stamp = fc.oneof(
  fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.constantFrom('2026-02-30T00:00:00Z', '0000-00-00T00:00:00Z', '9999-12-31T23:59:60Z', '2026-01-01T00:00:00+24:00', '2026-01-01', '1e9'),
);

/** Values of a schema; api resolves references. */
export function valid(api, schema, depth = 0) {
  const s = api.resolve(schema);
  if (s === true || s === undefined || depth > 6) return fc.jsonValue({ maxDepth: 2 });
  if ('const' in s) return fc.constant(s.const);
  if (s.enum) return fc.constantFrom(...s.enum);
  const choices = s.oneOf ?? s.anyOf;
  if (choices) return fc.oneof(...choices.map((one) => valid(api, one, depth + 1)));
  if (s.allOf) return fc.tuple(...s.allOf.map((one) => valid(api, one, depth + 1))).map((parts) => Object.assign({}, ...parts));
  const types = [s.type ?? 'any'].flat();
  return fc.oneof(...types.map((type) => ofType(api, s, type, depth)));
}

function ofType(api, s, type, depth) {
  if (type === 'null') return fc.constant(null);
  if (type === 'boolean') return fc.boolean();
  if (type === 'integer') return fc.integer({ min: s.minimum ?? -10, max: s.maximum ?? 2 ** 31 - 1 });
  if (type === 'number') return fc.double({ min: s.minimum ?? -1e6, max: s.maximum ?? 1e6, noNaN: true });
  if (type === 'string') {
    if (s.format === 'date-time') return stamp;
    if (s.pattern) return fc.stringMatching(new RegExp(s.pattern)).filter((value) => value.length <= (s.maxLength ?? 200));
    return fc.string({ minLength: s.minLength ?? 0, maxLength: Math.min(s.maxLength ?? 40, 200) });
  }
  if (type === 'array') return fc.array(valid(api, s.items, depth + 1), { minLength: s.minItems ?? 0, maxLength: Math.min(s.maxItems ?? 4, 8) });
  if (type === 'object') return ofObject(api, s, depth);
  return fc.jsonValue({ maxDepth: 2 });
}

function ofObject(api, s, depth) {
  const fields = Object.fromEntries(Object.entries(s.properties ?? {}).map(([name, one]) => [name, valid(api, one, depth + 1)]));
  return fc.record(fields, { requiredKeys: (s.required ?? []).filter((name) => name in fields) });
}

/** Any JSON, with what is most often forgotten more often. */
const anything = fc.oneof(fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, 1e308, '', [], {}), text, fc.jsonValue({ maxDepth: 3 }));

/** A value of the schema with one member replaced, removed or added; or anything at all. */
export function nearly(api, schema) {
  const object = valid(api, schema);
  const names = Object.keys(api.resolve(schema)?.properties ?? {});
  const changed = fc.tuple(object, fc.constantFrom('x', ...names), fc.option(anything, { nil: undefined })).map(([value, name, other]) =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value, [name]: other } : value,
  );
  return fc.oneof({ weight: 3, arbitrary: object }, { weight: 4, arbitrary: changed }, anything);
}

/** A body as bytes: JSON of such a value, cut short, twice, or none. */
export function body(api, schema) {
  const json = nearly(api, schema ?? {}).map((value) => JSON.stringify(value) ?? '');
  return fc.oneof(
    { weight: 8, arbitrary: json },
    json.map((whole) => whole.slice(0, -1)),
    json.map((whole) => whole + whole),
    fc.constantFrom('', '{', '[[[[', '{"a":1,"a":2}', '\ufeff{}', '{"a":"\ud800"}', `${'['.repeat(3000)}`, `{"a":${'9'.repeat(400)}}`),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
}

/** A query from an operation's parameters: given rightly, wrongly, twice, unknown, or as noise. */
export function query(api, parameters) {
  const pair = (parameter) =>
    fc.oneof({ weight: 2, arbitrary: valid(api, parameter.schema).map(String) }, text).map((value) => `${parameter.name}=${encode(value)}`);
  const noise = fc.constantFrom('', '&', '=', 'x', '%', 'x=%', '%zz=1', 'limit', 'since=%ff', `x=${'y'.repeat(3000)}`);
  const one = parameters.length ? fc.oneof({ weight: 6, arbitrary: fc.oneof(...parameters.map(pair)) }, noise) : noise;
  return fc.array(one, { maxLength: 3 }).map((pairs) => (pairs.length ? `?${pairs.join('&')}` : ''));
}

/** A segment of a path: one that is there, or any text. */
export function segment(known) {
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...known) }, text).map(encode);
}

/** encodeURIComponent, for half a surrogate pair too. */
function encode(value) {
  return [...Buffer.from(value, 'utf8')].map((byte) => (/[a-z0-9_-]/i.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`)).join('');
}
