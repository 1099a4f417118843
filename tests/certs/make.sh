# Makes the certificates of tests/certs anew: ./make.sh (needs openssl 3). Valid for a hundred years, but for expired.pem.
set -e
cd "$(dirname "$0")"
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key ca.key
openssl req -x509 -new -key ca.key -subj "/O=Coro tests/CN=Coro test CA" -days 36500 -out ca.pem \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
leaf() { # name, subject, extensions, options of openssl x509
    key "$1.key"
    printf '%b' "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n$3" > "$1.ext"
    openssl req -new -key "$1.key" -subj "$2" -out "$1.csr"
    openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -set_serial "$4" -extfile "$1.ext" -out "$1.crt" ${@:5}
    cat "$1.key" "$1.crt" > "$1.pem"
    rm "$1.csr" "$1.ext" "$1.key" "$1.crt"
}
NAMES='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n'
leaf localhost "/C=XX/O=Coro tests/CN=localhost" "$NAMES" 0x10 -days 36500
leaf other "/CN=other.example" 'subjectAltName=DNS:other.example,DNS:*.wild.example\n' 0x11 -days 36500
leaf client "/CN=a client" 'extendedKeyUsage=clientAuth\n' 0x12 -days 36500
leaf expired "/CN=localhost" "$NAMES" 0x13 -not_before 20100101000000Z -not_after 20110101000000Z 2>/dev/null || {
    # openssl before 3.4 has no -not_before for x509.
    key expired.key
    openssl req -new -key expired.key -subj "/CN=localhost" -out expired.csr
    printf '%b' "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n$NAMES" > expired.ext
    mkdir -p demo && : > demo/index && echo 13 > demo/serial
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=demo/index\nserial=demo/serial\nnew_certs_dir=demo\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > demo/conf
    openssl ca -batch -config demo/conf -cert ca.pem -keyfile ca.key -in expired.csr -extfile expired.ext \
        -startdate 20100101000000Z -enddate 20110101000000Z -notext -out expired.crt
    cat expired.key expired.crt > expired.pem
    rm -r demo expired.key expired.crt expired.csr expired.ext
}
key self.key
openssl req -x509 -new -key self.key -subj "/CN=localhost" -days 36500 -set_serial 0x20 -addext "subjectAltName=DNS:localhost" -out self.crt
cat self.key self.crt > self.pem
rm self.key self.crt ca.key
