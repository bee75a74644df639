#!/bin/sh
# A whole backup of a desk, also while it works, into a new folder of its own: backup.sh FOLDER [KEEP]
#
# DAVIDAGENT_HOME must be set, DAVIDAGENT_CONFIG where the configuration is not found otherwise. FOLDER gets a folder
# named by the time (UTC), with the board, the configuration, and everything else in an archive; only the newest KEEP
# (14) of them stay. The memory is left out: it is rebuilt from the board.
set -eu
umask 077

folder=${1:?usage: backup.sh FOLDER [KEEP]}
keep=${2:-14}
home=${DAVIDAGENT_HOME:?DAVIDAGENT_HOME must name the home of the desk}
program=${PROGRAM:-$(dirname "$0")/../../.venv/bin/davidagent}
case $folder/ in
"$home"/*) echo "backup.sh: $folder lies in the home, and would keep itself" >&2 && exit 2 ;;
esac
name=$(date -u +%Y-%m-%dT%H%M%SZ)
partly=$folder/.partly

rm -rf "$partly"
mkdir -p "$partly"

# Inside its home is where a daemon of systemd may write. It makes the file; only then is it taken away.
rm -f "$home/board-for-backup.db"
"$program" backup "$home/board-for-backup.db" >/dev/null
cp "$home/board-for-backup.db" "$partly/blackboard.db"
rm "$home/board-for-backup.db"

# 1: a file changed while it was read. Everything here is written aside and renamed, so what was read is whole.
tar -C "$home" -czf "$partly/files.tar.gz" \
    --exclude=./memory --exclude='./blackboard.db*' --exclude=./blackboard.lock --exclude='./board-for-backup.db*' . ||
    [ $? -eq 1 ]
if [ -f "${DAVIDAGENT_CONFIG:-}" ]; then
    cp "$DAVIDAGENT_CONFIG" "$partly/davidagent.yaml"
fi

# A backup that nobody has read is a hope. The folder is a home, so the doctor can look at its board.
"$program" --home "$partly" doctor --json | "$(dirname "$program")/python" -c '
import json, sys
found = [one for one in json.load(sys.stdin)["checks"] if one["name"] == "board"]
sys.exit("; ".join(one["detail"] for one in found if one["status"] == "wrong") or not found)'
sync "$partly"/*
mv "$partly" "$folder/$name"
echo "$folder/$name"

find "$folder" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*Z' | sort -r | tail -n "+$((keep + 1))" |
    while IFS= read -r old; do rm -rf "$old"; done
