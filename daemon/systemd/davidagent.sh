#!/bin/sh
# `davidagent` for the administrator of the service: install it as /usr/local/bin/davidagent.
set -a
: "${DAVIDAGENT_CONFIG:=/etc/davidagent/davidagent.yaml}" "${DAVIDAGENT_HOME:=/var/lib/davidagent}"
[ ! -r /etc/davidagent/keys.env ] || . /etc/davidagent/keys.env
set +a
umask 077
"${PROGRAM:-/opt/davidagent/.venv/bin/davidagent}" "$@"
code=$?
# What root wrote while the service stood still would be closed to the service.
if [ "$(id -u)" = 0 ] && [ -d "$DAVIDAGENT_HOME" ]; then
    find "$DAVIDAGENT_HOME/" -user root -exec chown --reference="$DAVIDAGENT_HOME/." {} +
fi
exit $code
