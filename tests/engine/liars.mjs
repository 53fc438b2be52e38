// Servers that do what no honest one does, by the name of the variable that holds their port. Each is given a connection.

/** Answers each line by the first rule whose beginning it has. */
function talk(socket, greeting, rules) {
  socket.on('error', () => {});
  socket.write(greeting);
  let pending = '';
  socket.on('data', (data) => {
    pending += data;
    for (let end = pending.indexOf('\n'); end >= 0; end = pending.indexOf('\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      const rule = rules.find(([beginning]) => line.startsWith(beginning));
      if (rule) rule[1](socket, line);
    }
  });
}

const answer = (text) => (socket) => socket.write(text);

function babble(socket, line) {
  const block = line.repeat(Math.ceil(65536 / line.length));
  const more = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('error', () => {});
  socket.on('drain', more);
  more();
}

export const liars = {
  SILENT: (socket) => socket.on('error', () => {}),
  CUT: (socket) => socket.on('error', () => {}).end('22'),
  BABBLE: (socket) => babble(socket, '220-welcome to a long greeting\r\n'),

  // Half an answer, and then nothing or the end.
  REDIS_CUT: (socket) => socket.on('error', () => {}).once('data', () => socket.end('$100\r\nhalf')),
  REDIS_HALF: (socket) => socket.on('error', () => {}).on('data', () => socket.write('*2\r\n$4\r\nhalf\r\n')),
  // An answer of which each part is fine and the whole is endless.
  REDIS_HUGE: (socket) => socket.on('error', () => {}).once('data', () => {
    socket.write('$2000000000\r\n');
    babble(socket, 'x');
  }),
  REDIS_MANY: (socket) => socket.on('error', () => {}).once('data', () => {
    socket.write('*100000\r\n');
    babble(socket, ':1\r\n*99999\r\n');
  }),
  // Asks for room for two thousand million elements.
  REDIS_ROOM: (socket) => socket.on('error', () => {}).on('data', () => socket.write('*2000000000\r\n')),
  REDIS_NEGATIVE: (socket) => socket.on('error', () => {}).on('data', () => socket.write('*-7\r\n$-9\r\n')),
  REDIS_DEEP: (socket) => socket.on('error', () => {}).on('data', () => socket.write('*1\r\n'.repeat(1000))),
  // Answers of the right form that are not what was asked for.
  REDIS_WRONG: (socket) => socket.on('error', () => {}).on('data', () => socket.write(':42\r\n')),

  NATS_BAD_INFO: (socket) => talk(socket, 'INFO {"server_name": \r\n', []),
  NATS_LONG_LINE: (socket) => babble(socket, 'INFO {"server_name":"x'),
  // Demands TLS and then speaks something else.
  NATS_FALSE_TLS: (socket) => {
    socket.on('error', () => {}).once('data', () => socket.write('this is no TLS at all, it is only text'));
    socket.write('INFO {"tls_required":true}\r\n');
  },
  // Polite until something is asked of it.
  ...Object.fromEntries(
    Object.entries({
      NATS_CUT: (socket) => socket.end('MSG a 1 100\r\nhalf'),
      NATS_NO_SIZE: answer('MSG a 1 many\r\n'),
      NATS_NEGATIVE: answer('MSG a 1 -5\r\n'),
      NATS_HUGE: answer('MSG a 1 2000000000\r\n'),
      NATS_LONGER: answer('MSG a 1 3\r\nlonger\r\n'),
      NATS_NONSENSE: answer('HELLO\r\n'),
      NATS_PINGS: answer('ping\r\n+OK\r\n'), // honest: it wants a PONG
      NATS_FLOOD: (socket) => babble(socket, 'MSG a 1 10\r\n0123456789\r\n'),
    }).map(([name, reply]) => [
      name,
      (socket) => talk(socket, 'INFO {"server_name":"liar"}\r\n', [['PING', answer('PONG\r\n')], ['PONG', answer('msg a 1 reply.to 2\r\nok\r\n')], ['SUB', reply]]),
    ]),
  ),

  SMTP_CLOSED: (socket) => talk(socket, '554 no service here today\r\n', []),
  // Takes everything and never says good-bye.
  SMTP_NO_BYE: (socket) =>
    talk(socket, '220 here\r\n', [
      ['EHLO', answer('250-here\r\n250 SIZE 1000\r\n')],
      ['NOOP', answer('250 fine\r\n')],
      ['MAIL', answer('250 fine\r\n')],
      ['RCPT', answer('550 not that one\r\n')],
      ['RSET', answer('250 fine\r\n')],
    ]),
  // Offers TLS and then speaks something else.
  SMTP_FALSE_TLS: (socket) =>
    talk(socket, '220 here\r\n', [
      ['EHLO', answer('250-here\r\n250 STARTTLS\r\n')],
      ['STARTTLS', (socket) => socket.once('data', () => socket.write('this is no TLS at all, it is only text')).write('220 go ahead\r\n')],
    ]),
};

/** An answer to a question (RFC 1035, 4): its header with these flags and counts, the question again, and what follows. */
function dnsAnswer(question, { id, flags = 0x8180, answers = 0, rest = [] } = {}) {
  const header = Buffer.from(question.subarray(0, 12));
  if (id !== undefined) header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(answers, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const end = question.indexOf(0, 12) + 5;
  return Buffer.concat([header, question.subarray(12, end), Buffer.from(rest)]);
}

// name (a pointer to the question's), type, class IN, ttl 60, length, data
const record = (type, ...data) => [0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data];

// The same for datagrams: each is given a question and a way to answer.
export const datagramLiars = {
  DNS_SILENT: () => {},
  DNS_SERVFAIL: (question, reply) => reply(dnsAnswer(question, { flags: 0x8182 })),
  DNS_REFUSED: (question, reply) => reply(dnsAnswer(question, { flags: 0x8185 })),
  DNS_GARBAGE: (_question, reply) => reply(Buffer.from('this is no answer at all')),
  DNS_WRONG_ID: (question, reply) => reply(dnsAnswer(question, { id: question.readUInt16BE(0) ^ 1, answers: 1, rest: record(1, 192, 0, 2, 66) })),
  // Says that there are three records and sends one.
  DNS_SHORT: (question, reply) => reply(dnsAnswer(question, { answers: 3, rest: record(1, 192, 0, 2, 66) })),
  // An address of two bytes, a text that is longer than its record, a host whose name points to itself.
  DNS_BAD_A: (question, reply) => reply(dnsAnswer(question, { answers: 1, rest: record(1, 192, 0) })),
  DNS_BAD_TXT: (question, reply) => reply(dnsAnswer(question, { answers: 1, rest: record(16, 200, 0x61) })),
  DNS_LOOP: (question, reply) => {
    const at = question.indexOf(0, 12) + 5 + 12;
    reply(dnsAnswer(question, { answers: 1, rest: record(5, 0xc0 | (at >> 8), at & 0xff) }));
  },
  // Truncated: go and ask by TCP, where nobody is.
  DNS_TRUNCATED: (question, reply) => reply(dnsAnswer(question, { flags: 0x8380 })),
};
