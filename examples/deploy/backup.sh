#!/bin/sh
# Copies the generation that is served, while everything runs:
#
#     backup.sh /srv/yicha/index /backup/yicha/index
#
# What the copy before has as well is linked to that and not copied again. A copy that breaks off, or whose
# generation was removed meanwhile, ends with another status than 0, and the one before stands.
set -eu
from=$1
to=$2
name=$(cat "$from/CURRENT")
before=$(cat "$to/CURRENT" 2>/dev/null || true)
mkdir -p "$to/generations"
# Times are compared to the nanosecond: lists of two generations may be of one length and one second.
rsync -a --modify-window=-1 ${before:+--link-dest="../$before/"} \
    "$from/generations/$name/" "$to/generations/$name/"
printf '%s' "$name" >"$to/CURRENT.new"
sync
mv "$to/CURRENT.new" "$to/CURRENT"
for generation in "$to"/generations/*; do
    [ "${generation##*/}" = "$name" ] || rm -r "$generation"
done
