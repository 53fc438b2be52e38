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
