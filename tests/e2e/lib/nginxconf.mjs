// An nginx configuration as a tree, and what is known to be dangerous in one: gixy's rules, and what this project promises of its own.

/** [{name, args, children?, line}], includes not followed. */
export function parseConf(text) {
  const tokens = [];
  let line = 1;
  for (const [token] of text.matchAll(/\n|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|(?:\$\{\w+\}|\\.|[^\s;{}"'])+/g)) {
    if (token === '\n') line++;
    else if (!token.startsWith('#')) {
      tokens.push({ token, line });
      line += token.split('\n').length - 1;
    }
  }
  let at = 0;
  const block = () => {
    const list = [];
    let words = [];
    for (; at < tokens.length; at++) {
      const { token, line: where } = tokens[at];
      if (token === '}') break;
      if (token === ';' || token === '{') {
        const [name, ...args] = words.map((word) => word.token.replace(/^(["'])(.*)\1$/s, '$2'));
        const directive = { name, args, line: words[0]?.line ?? where };
        words = [];
        if (token === '{') {
          at++;
          // A map's rows are no directives.
          directive.children = block();
        }
        list.push(directive);
      } else words.push(tokens[at]);
    }
    return list;
  };
  return block();
}

function* walk(list, parents = []) {
  for (const directive of list) {
    yield { directive, parents };
    if (directive.children && !['map', 'types', 'geo'].includes(directive.name)) yield* walk(directive.children, [...parents, directive]);
  }
}

const has = (block, name) => block.children.some((one) => one.name === name);
/** What a client sends and nginx has decoded or cut up: a line break in it would end a header. */
const decoded = /\$(uri|document_uri|arg_\w+|cookie_\w+|[1-9])\b/;

/** name: (directive, the blocks around it) -> what is wrong, or nothing. */
const rules = {
  add_header_redefinition: (d, parents) =>
    d.name === 'add_header' && parents.at(-1).name !== 'server' && 'a header in a location takes away those of the server',
  add_header_multiline: (d) => d.name === 'add_header' && /[\r\n]/.test(d.args.join(' ')) && 'a header over several lines',
  alias_traversal: (d, parents) =>
    d.name === 'alias' && !parents.at(-1).args[0].endsWith('/') && d.args[0].endsWith('/') && 'the prefix of an alias needs its slash',
  http_splitting: (d) =>
    ['return', 'rewrite', 'add_header', 'proxy_set_header', 'proxy_pass', 'fastcgi_pass'].includes(d.name) && decoded.test(d.args.join(' ')) && 'decoded input in a header or address',
  ssrf: (d) => /_pass$/.test(d.name) && /\$/.test(d.args[0]) && 'the address asked is a variable',
  host_spoofing: (d) => d.name === 'proxy_set_header' && d.args[0].toLowerCase() === 'host' && d.args[1] === '$http_host' && 'Host as the client sent it',
  origins: (d) => d.name === 'if' && /\$http_(origin|referer)/.test(d.args.join(' ')) && 'an origin by regular expression',
  valid_referers: (d) => d.name === 'valid_referers' && d.args.includes('none') && 'no referer is a valid one',
  allow_without_deny: (d, parents) => d.name === 'allow' && !has(parents.at(-1), 'deny') && 'allow without deny',
  if_is_evil: (d) => d.name === 'if' && d.children.some((one) => one.name !== 'return') && 'if with more than return',
  resolver_external: (d) => d.name === 'resolver' && !/^(127\.|\[::1\])/.test(d.args[0]) && 'a resolver of strangers',
  error_log_off: (d) => d.name === 'error_log' && d.args[0] === 'off' && 'writes to a file called off',
  weak_tls: (d) => d.name === 'ssl_protocols' && d.args.some((one) => !['TLSv1.2', 'TLSv1.3'].includes(one)) && 'TLS before 1.2',
  version_disclosure: (d) => d.name === 'server_tokens' && d.args[0] !== 'off' && 'nginx tells its version',
  worker_rlimit: (d) => d.name === 'worker_connections' && Number(d.args[0]) > 4096 && 'more connections than files',
  internal: (d) => d.name === 'location' && d.args.some((one) => one.startsWith('/nginx-')) && !has(d, 'internal') && 'our own addresses are for nginx alone',
  request_headers: (d) => d.name === 'fastcgi_pass_request_headers' && d.args[0] !== 'off' && 'request headers become parameters',
  buffering: (d) => /^fastcgi_(request_)?buffering$/.test(d.name) && d.args[0] === 'off' && 'a slow client would hold a worker',
};

/** Sentences, none when nothing is wrong. */
export function scanConf(name, text) {
  const tree = parseConf(text);
  const faults = [];
  for (const { directive, parents } of walk(tree))
    for (const [rule, look] of Object.entries(rules)) {
      // What stands in a file of server.d stands in the server.
      const around = parents.length ? parents : [{ name: name.endsWith('.server.conf') ? 'server' : 'main', args: [], children: tree }];
      const fault = look(directive, around);
      if (fault) faults.push(`${name}:${directive.line}: ${rule}: ${fault}`);
    }
  return faults;
}

/** All directives of that name, wherever they stand. */
export const directives = (text, name) => [...walk(parseConf(text))].map(({ directive }) => directive).filter((one) => one.name === name);
