#!/usr/bin/env bash
# Makes every test certificate with OpenSSL 3, with fixed dates, serial numbers and subjects. What exists is kept, so a second
# run changes nothing; keys and ECDSA signatures are random, so `rm -r certs/made` first makes other bytes with the same facts.
#
#   certs/make.sh            makes what is missing in certs/made
#   certs/make.sh FOLDER     the same, there
set -euo pipefail
export LC_ALL=C
unset OPENSSL_CONF

made=${1:-"$(cd "$(dirname "$0")" && pwd)/made"}
mkdir -p "$made"
cd "$made"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Dates of the certificates that are valid, and of those that are not.
valid='20200101000000Z 20500101000000Z'
expired='20200101000000Z 20210101000000Z'
future='20490101000000Z 20500101000000Z'

localhost='subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1'
elsewhere='subjectAltName=DNS:elsewhere.example'
leaf=$'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment'
server="$leaf"$'\nextendedKeyUsage=serverAuth'
client="$leaf"$'\nextendedKeyUsage=clientAuth'
ca=$'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash'

# Without a keyUsage, whose missing keyCertSign would be an error of its own.
not_ca=$'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth'

# key NAME ALGORITHM...: a private key without a passphrase, as PKCS #8.
key() {
  local name=$1
  shift
  [[ -s $name.key ]] || openssl genpkey -algorithm "$@" -out "$name.key" 2>/dev/null
}

ec() { key "$1" EC -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve; }

# sign NAME ISSUER SERIAL 'FROM TO' SUBJECT EXTENSIONS: the certificate of NAME.key; ISSUER is NAME itself where it is
# self-signed. `openssl ca` is the one command of OpenSSL 3.0 that takes both dates; what it needs around it is made here.
sign() {
  local name=$1 issuer=$2 serial=$3 from=${4% *} to=${4#* } subject=$5 extensions=$6
  [[ -s $name.pem ]] && return
  local digest=sha256
  [[ $issuer == *ed25519* ]] && digest=null
  : >"$scratch/index"
  echo "$serial" >"$scratch/serial"
  cat >"$scratch/conf" <<CONF
[req]
distinguished_name = none
[none]
[ca]
default_ca = this
[this]
database = $scratch/index
serial = $scratch/serial
new_certs_dir = $scratch
default_md = $digest
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[extensions]
$extensions
CONF
  openssl req -new -config "$scratch/conf" -key "$name.key" -subj "$subject" -out "$scratch/request"
  local by=(-selfsign -keyfile "$name.key")
  [[ $issuer == "$name" ]] || by=(-cert "$issuer.pem" -keyfile "$issuer.key")
  openssl ca -batch -notext -config "$scratch/conf" -in "$scratch/request" "${by[@]}" -extensions extensions \
    -startdate "$from" -enddate "$to" -out "$scratch/certificate" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
  mv "$scratch/certificate" "$name.pem"
}

# bundle NAME CERTIFICATE...: what a server sends, its own certificate first.
bundle() {
  local name=$1
  shift
  [[ -s $name-bundle.pem ]] || cat "${@/%/.pem}" >"$name-bundle.pem"
}

# The authorities. `ca` is the trust anchor of the tests; nobody knows `unknown-ca`.
ec ca
sign ca ca 1000 "$valid" '/O=websocket-open test/CN=Test CA' "$ca"
ec unknown-ca
sign unknown-ca unknown-ca 1001 "$valid" '/O=websocket-open test/CN=Unknown CA' "$ca"
ec expired-ca
sign expired-ca expired-ca 1002 "$expired" '/O=websocket-open test/CN=Expired CA' "$ca"
ec intermediate
sign intermediate ca 1003 "$valid" '/O=websocket-open test/CN=Intermediate' "$ca"
ec expired-intermediate
sign expired-intermediate ca 1004 "$expired" '/O=websocket-open test/CN=Expired Intermediate' "$ca"
ec pathlen-intermediate
sign pathlen-intermediate ca 1005 "$valid" '/O=websocket-open test/CN=Path Length 0' "${ca/CA:TRUE/CA:TRUE,pathlen:0}"
ec below-pathlen
sign below-pathlen pathlen-intermediate 1006 "$valid" '/O=websocket-open test/CN=Below Path Length 0' "$ca"
ec not-a-ca
sign not-a-ca ca 1007 "$valid" '/O=websocket-open test/CN=Not a CA' "$not_ca"

# Servers under `ca`.
ec server
sign server ca 2000 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
ec expired
sign expired ca 2001 "$expired" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
ec not-yet-valid
sign not-yet-valid ca 2002 "$future" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
ec wrong-host
sign wrong-host ca 2003 "$valid" '/O=websocket-open test/CN=elsewhere.example' "$server"$'\n'"$elsewhere"
ec expired-wrong-host
sign expired-wrong-host ca 2004 "$expired" '/O=websocket-open test/CN=elsewhere.example' "$server"$'\n'"$elsewhere"
ec client-auth-only
sign client-auth-only ca 2005 "$valid" '/O=websocket-open test/CN=localhost' "$client"$'\n'"$localhost"
key rsa-1024 RSA -pkeyopt rsa_keygen_bits:1024
sign rsa-1024 ca 2006 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"

# The last octet of the signature is the last one of the certificate: flipped, everything still parses.
if [[ ! -s bad-signature.pem ]]; then
  cp server.key bad-signature.key
  openssl x509 -in server.pem -outform DER -out "$scratch/der"
  last=$(tail -c 1 "$scratch/der" | od -An -tu1)
  head -c $(($(wc -c <"$scratch/der") - 1)) "$scratch/der" >"$scratch/bad"
  # shellcheck disable=SC2059 # the octet is the format: printf writes it from its octal escape.
  printf "\\$(printf %03o $((last ^ 1)))" >>"$scratch/bad"
  openssl x509 -inform DER -in "$scratch/bad" -out bad-signature.pem
fi

# Servers that are their own issuer.
ec self-signed
sign self-signed self-signed 3000 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
ec self-signed-expired
sign self-signed-expired self-signed-expired 3001 "$expired" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
ec self-signed-expired-wrong-host
sign self-signed-expired-wrong-host self-signed-expired-wrong-host 3002 "$expired" \
  '/O=websocket-open test/CN=elsewhere.example' "$server"$'\n'"$elsewhere"

# Servers under the other authorities; NAME.pem is the certificate alone, NAME-bundle.pem what a complete server sends.
ec under-unknown-ca
sign under-unknown-ca unknown-ca 4000 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
bundle under-unknown-ca under-unknown-ca unknown-ca
ec under-intermediate
sign under-intermediate intermediate 4001 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
bundle under-intermediate under-intermediate intermediate
ec under-expired-intermediate
sign under-expired-intermediate expired-intermediate 4002 "$valid" '/O=websocket-open test/CN=localhost' \
  "$server"$'\n'"$localhost"
bundle under-expired-intermediate under-expired-intermediate expired-intermediate
ec under-pathlen
sign under-pathlen below-pathlen 4003 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
bundle under-pathlen under-pathlen below-pathlen pathlen-intermediate
ec under-not-a-ca
sign under-not-a-ca not-a-ca 4004 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"
bundle under-not-a-ca under-not-a-ca not-a-ca
ec under-expired-ca
sign under-expired-ca expired-ca 4005 "$valid" '/O=websocket-open test/CN=localhost' "$server"$'\n'"$localhost"

# Clients under `ca`, one per kind of key.
key client-rsa RSA -pkeyopt rsa_keygen_bits:2048
sign client-rsa ca 5000 "$valid" '/O=websocket-open test/CN=Client RSA' "$client"
key client-rsa-pss RSA-PSS -pkeyopt rsa_keygen_bits:2048
sign client-rsa-pss ca 5001 "$valid" '/O=websocket-open test/CN=Client RSA-PSS' "$client"
ec client-ec
sign client-ec ca 5002 "$valid" '/O=websocket-open test/CN=Client EC' "$client"
key client-ed25519 ED25519
sign client-ed25519 ca 5003 "$valid" '/O=websocket-open test/CN=Client Ed25519' "${client/,keyEncipherment/}"
if [[ ! -s client-dsa.key ]]; then
  openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:2048 -pkeyopt dsa_paramgen_q_bits:256 \
    -out "$scratch/dsa" 2>/dev/null
  openssl genpkey -paramfile "$scratch/dsa" -out client-dsa.key 2>/dev/null
fi
sign client-dsa ca 5004 "$valid" '/O=websocket-open test/CN=Client DSA' "${client/,keyEncipherment/}"
# A curve that TLS 1.3 has no signature for.
key client-secp256k1 EC -pkeyopt ec_paramgen_curve:secp256k1 -pkeyopt ec_param_enc:named_curve
sign client-secp256k1 ca 5005 "$valid" '/O=websocket-open test/CN=Client secp256k1' "$client"
# The key of client-ec once more, behind the passphrase "secret"; and as the SEC1 form with its parameters in front, which is
# what `openssl ecparam -genkey` writes.
[[ -s client-ec-encrypted.key ]] ||
  openssl pkcs8 -topk8 -in client-ec.key -v2 aes-256-cbc -passout pass:secret -out client-ec-encrypted.key
if [[ ! -s client-ec-sec1.key ]]; then
  openssl ecparam -name prime256v1 >"$scratch/sec1"
  openssl ec -in client-ec.key >>"$scratch/sec1" 2>/dev/null
  mv "$scratch/sec1" client-ec-sec1.key
fi
