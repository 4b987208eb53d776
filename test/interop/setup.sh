#!/bin/sh
# Installs the servers and proxies of the interop tests that come from Debian. Run as root; a second run changes nothing.
set -eu

packages='nginx-light haproxy python3-websockets libmojolicious-perl tinyproxy-bin microsocks apache2-bin'

missing=''
for package in $packages; do
  status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

# The packages would start nginx and haproxy as services of the system: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  # shellcheck disable=SC2086 # a list of names
  apt-get install -qq -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 $missing
}

# The package lists of a fresh machine are empty or old: then they are fetched once.
install || { apt-get update -qq -o Acquire::Retries=3 && install; }
