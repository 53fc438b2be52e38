// Certificates for servers on loopback: an authority, one below it, and what they sign, good and bad. Made by openssl.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export class Certificates {
  /** Makes the authority ("ca") and one below it ("intermediate") in a directory of their own. */
  constructor(directory) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    openssl('req', '-x509', ...KEY, '-keyout', this.key('ca'), '-out', this.file('ca'), '-days', '400', '-subj', '/O=Signalbox/CN=Test authority');
    this.make('intermediate', { subject: '/O=Signalbox/CN=Test intermediate', days: 300, extensions: ['basicConstraints=critical,CA:TRUE'] });
  }

  /** The certificate, with what is below it in the chain up to, without, the authority. */
  file(name) {
    return path.join(this.directory, `${name}.pem`);
  }

  key(name) {
    return path.join(this.directory, `${name}.key`);
  }

  /**
   * Makes a certificate and its key.
   * @param {object} how days (90; -1: it expired yesterday), names (of the host), by (who signs: "ca", "intermediate", or "itself"), extensions
   */
  make(name, { subject = '/CN=localhost', days = 90, names = ['DNS:localhost', 'IP:127.0.0.1'], by = 'ca', extensions } = {}) {
    const request = path.join(this.directory, `${name}.csr`);
    const extra = path.join(this.directory, `${name}.ext`);
    openssl('req', '-new', '-utf8', ...KEY, '-keyout', this.key(name), '-out', request, '-subj', subject);
    writeFileSync(extra, `${(extensions ?? [`subjectAltName=${names.join(',')}`]).join('\n')}\n`);
    const signer = by === 'itself' ? ['-signkey', this.key(name)] : ['-CA', this.file(by), '-CAkey', this.key(by)];
    openssl('x509', '-req', '-in', request, ...signer, '-days', String(days), '-extfile', extra, '-out', this.file(name));
    if (by === 'intermediate') writeFileSync(this.file(name), readFileSync(this.file(by)), { flag: 'a' });
    return { certificate: this.file(name), key: this.key(name) };
  }
}
