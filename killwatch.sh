#!/bin/bash
# kill runner or target at random instants; is precious.dat what it was?
lost=0; n=0; gone=0
for i in $(seq $2); do
  rm -rf precious.dat* .m* o; head -c 3000 /dev/urandom >orig; cp orig precious.dat
  timeout 60 $M -o o --strategy ${S:-auto} --watch precious.dat ./upd 100 >/dev/null 2>&1 & p=$!
  sleep 0.$(printf %03d $((RANDOM % 300)))
  r=$(pgrep -P $p -x mallocfail | head -1)
  case $1 in runner) kill -9 $r 2>/dev/null;; target) pkill -9 -x upd -P $r 2>/dev/null;; term) kill -TERM $r 2>/dev/null;; esac
  wait $p; sleep 0.05
  n=$((n+1)); if [ ! -e precious.dat ]; then gone=$((gone+1)); fi
  if ! cmp -s orig precious.dat; then f=$(ls -A | grep -v '^\(upd\|orig\|o\|killwatch.sh\|precious.dat\)$'); ok=no; for x in $f; do cmp -s orig "$x" && ok="kept in $x"; done; [ "$ok" = no ] && { lost=$((lost+1)); }; last="$ok"; fi
done
echo "$1 ${S:-auto}: $n kills, lost $lost, missing name $gone, last: ${last:-untouched}"
