#!/usr/bin/env bash
# certs.sh DIR: a certificate authority of this DIR's own (ca.crt) and one server
# certificate (server.crt, server.key) for localhost and 127.0.0.1.
set -euo pipefail
cd "${1:?usage: certs.sh DIR}"
umask 077

curve=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes)

openssl req -x509 "${curve[@]}" -days 2 -subj '/CN=Lifeboat lab CA' -keyout ca.key -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null

openssl req "${curve[@]}" -subj /CN=localhost -keyout server.key -out server.csr 2>/dev/null

# Clients that verify look at the names here, not at the subject.
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out server.crt \
  -extfile <(printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    'basicConstraints=critical,CA:FALSE' 'extendedKeyUsage=serverAuth') 2>/dev/null

# Nobody signs with this authority again.
rm -f ca.key ca.srl server.csr
chmod 644 ca.crt server.crt
