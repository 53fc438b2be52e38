// The OpenAPI document as a judge: whether an answer is one that it describes, strictly (a member that it does not know is a fault).
import assert from 'node:assert/strict';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

/** Objects are closed where they are used: at each $ref and each inline object that is no part of an allOf. */
function close(node, isPart = false) {
  if (Array.isArray(node)) return node.map((item) => close(item));
  if (node === null || typeof node !== 'object') return node;
  const copy = {};
  for (const [key, value] of Object.entries(node)) {
    if (['example', 'examples', 'enum', 'const', 'default'].includes(key)) copy[key] = value;
    else if (key === 'allOf') copy[key] = value.map((part) => close(part, true));
    else if (key === 'properties') copy[key] = Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, close(schema)]));
    else copy[key] = close(value);
  }
  const isObject = '$ref' in node || 'properties' in node || 'allOf' in node;
  if (!isPart && isObject && !('additionalProperties' in node)) copy.unevaluatedProperties = false;
  return copy;
}

/** References to the document's schemas as ajv finds them. */
const refer = (node, to) => JSON.parse(JSON.stringify(node).replaceAll('"#/components/schemas/', `"${to}`));

export class OpenApi {
  constructor(document) {
    this.document = document;
    this.ajv = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false, strictTypes: false, allErrors: true });
    addFormats(this.ajv);
    this.ajv.addVocabulary(['example', 'x-role']);
    const $defs = Object.fromEntries(
      Object.entries(document.components.schemas).map(([name, schema]) => {
        const { unevaluatedProperties, ...closed } = close(schema);
        return [name, closed]; // who refers to it closes it
      }),
    );
    this.ajv.addSchema({ $id: 'document', $defs: refer($defs, '#/$defs/') });
    this.validators = new Map();
  }

  /** [{method, path, operation}], in the document's order. */
  get operations() {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ method: method.toUpperCase(), path, operation: item[method] })),
    );
  }

  resolve(node) {
    if (!node?.$ref) return node;
    const found = node.$ref.replace(/^#\//, '').split('/').reduce((at, key) => at?.[key.replace(/~1/g, '/')], this.document);
    assert.ok(found, `${node.$ref} leads nowhere`);
    return this.resolve(found);
  }

  /** What is wrong with a value by this schema of the document: a text, '' when nothing is. */
  faults(schema, value) {
    const key = JSON.stringify(schema);
    if (!this.validators.has(key)) {
      this.validators.set(key, this.ajv.compile(refer(close(schema), 'document#/$defs/')));
    }
    const validate = this.validators.get(key);
    return validate(value) ? '' : this.ajv.errorsText(validate.errors, { dataVar: 'answer' });
  }

  /** Fails unless the answer is one that the document has for this operation. */
  check(what, { operation }, answer, isHead = false) {
    const { status, headers, text } = answer;
    const type = headers['content-type']?.replace(/;.*/, '');
    const described = this.resolve(operation.responses[status]);
    assert.ok(described, `${what}: ${status} is not among ${Object.keys(operation.responses)}\n${text.slice(0, 500)}`);
    for (const [name, header] of Object.entries(described.headers ?? {})) {
      const value = headers[name.toLowerCase()];
      const { required, schema } = this.resolve(header);
      if (value === undefined) assert.ok(!required, `${what}: ${status} without ${name}`);
      else assert.equal(this.faults(schema, Array.isArray(value) ? value[0] : value), '', `${what}: ${status} ${name}: ${value}`);
    }
    if (!described.content) {
      assert.equal(text, '', `${what}: ${status} has no body`);
      return;
    }
    const content = described.content[type];
    assert.ok(content, `${what}: ${status} as ${type}, not ${Object.keys(described.content)}\n${text.slice(0, 500)}`);
    if (isHead) assert.equal(text, '');
    else if (/json$/.test(type)) assert.equal(this.faults(content.schema, JSON.parse(text)), '', `${what}: ${status}\n${text.slice(0, 1000)}`);
  }

  parameters({ operation }) {
    return (operation.parameters ?? []).map((parameter) => this.resolve(parameter));
  }

  /** The operation's path with a value for each of its parameters: what `values` says, else the document's example. */
  fill(entry, values = {}) {
    const known = Object.fromEntries(this.parameters(entry).map((parameter) => [parameter.name, parameter.example]));
    return entry.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? known[name]));
  }

  /** The example of a request's body, undefined without one. */
  exampleBody({ operation }) {
    const content = this.resolve(operation.requestBody)?.content['application/json'];
    return content && (content.example ?? Object.values(content.examples ?? {})[0]?.value);
  }
}
