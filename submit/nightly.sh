#!/usr/bin/env bash
# Scores what is new in an archive, for cron, systemd or Airflow:
#
#   SEGMENT_SER_INPUT=s3a://archive/{date}/ SEGMENT_SER_OUTPUT=hdfs:///emotions \
#     submit/nightly.sh [DATE] [options of score] [-- options of spark-submit]
#
# {date} in SEGMENT_SER_INPUT becomes DATE, by default yesterday in UTC; without {date} the whole archive is
# looked through. Whatever has an outcome already is left alone, so the same command goes on after a night
# that died. The runs are named nightly-DATE, nightly-DATE-2 and so on, in the partition run_date=DATE.
# SEGMENT_SER_MODEL names another model than the jar's.
#
# Standard output is one line of JSON, the summary. All else goes to a log file for each start, which is kept
# for 30 days in SEGMENT_SER_LOG_DIR (default: logs, beside submit), with the summary in a file beside it.
# Exit codes are those of segment-ser; 5 also where another start with the same SEGMENT_SER_LOG_DIR is at
# work. docs/runbook.md says what to do about each.
set -euo pipefail
# Its own process group gets a signal but once, from here.
set -m
export PATH

submit=$(dirname "$(readlink -f "$0")")
logs=${SEGMENT_SER_LOG_DIR:-$(dirname "$submit")/logs}
log=
run=

fail() {
  echo "nightly.sh: error: $2" >&2
  exit "$1"
}

# The summary, whatever happened before there was one.
tell() {
  local code=$? status=failed
  if [[ -n $log && $code != 0 ]]; then
    grep '^segment-ser: error: ' "$log" >&2 || tail -n 5 "$log" >&2
    echo "nightly.sh: exit code $code; all that was said is in $log" >&2
  fi
  if [[ -n $log && -s ${log%.log}.json ]]; then
    cat "${log%.log}.json"
  else
    case $code in
      0) status=done ;;
      5) status='in use' ;;
      130 | 143) status=stopped ;;
    esac
    echo "{\"command\":\"score\",\"status\":\"$status\",\"exit_code\":$code}"
  fi
}
trap tell EXIT

[[ -n ${SEGMENT_SER_INPUT:-} ]] || fail 2 "SEGMENT_SER_INPUT is not set; it is the archive, with {date} for the day"
[[ -n ${SEGMENT_SER_OUTPUT:-} ]] || fail 2 "SEGMENT_SER_OUTPUT is not set; it is where the tables are"

date=$(date -u -d yesterday +%F)
if [[ $# -gt 0 && $1 != -* ]]; then
  date=$1
  shift
  [[ $(date -u -d "$date" +%F 2>/dev/null) == "$date" ]] || fail 2 "$date is no date such as 2026-11-22"
fi

mkdir -p "$logs" 2>/dev/null && [[ -w $logs ]] ||
  fail 2 "$logs cannot be written; set SEGMENT_SER_LOG_DIR to a directory that can"
# The run inherits the lock, and holds it even if this script is killed.
exec 9>"$logs/nightly.lock"
flock --nonblock 9 || fail 5 "another start is at work; it holds $logs/nightly.lock"
find "$logs" -maxdepth 1 -name 'nightly-*' -mtime +30 -delete
log=$logs/nightly-$date-$(date -u +%Y%m%dT%H%M%SZ).log

"$submit/segment-ser" score --incremental \
  --input "${SEGMENT_SER_INPUT//'{date}'/$date}" --output "$SEGMENT_SER_OUTPUT" \
  ${SEGMENT_SER_MODEL:+--model "$SEGMENT_SER_MODEL"} --run-date "$date" --run-id "nightly-$date" \
  --summary "${log%.log}.json" "$@" </dev/null >>"$log" 2>&1 &
run=$!
for signal in INT TERM HUP; do
  trap 'kill -'"$signal"' "$run" 2>/dev/null' "$signal"
done
# A signal ends the first wait, and the run only later.
code=0
wait "$run" 2>/dev/null || code=$?
while kill -0 "$run" 2>/dev/null; do
  code=0
  wait "$run" 2>/dev/null || code=$?
done
exit "$code"
