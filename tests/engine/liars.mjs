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
