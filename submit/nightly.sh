#!/usr/bin/env bash
# One night's run, for cron, Airflow or a systemd timer:
#
#   SEGMENT_SER_INPUT=s3a://archive SEGMENT_SER_OUTPUT=hdfs:///emotions [SEGMENT_SER_MODEL=hdfs:///models/m] \
#     submit/nightly.sh [DATE] [-- spark-submit options]
#
# Scores SEGMENT_SER_INPUT/DATE (default: yesterday, UTC) under the run id nightly-DATE, with the model in
# the jar where no other is named. A night that is there already is an error (exit code 2), so a run
# repeated by mistake does no harm. Exit codes are those of segment-ser; 4 means that too many clips were
# rejected.
set -euo pipefail

needed() {
  if [[ -z ${!1:-} ]]; then
    echo "nightly.sh: error: $1 is not set; it is $2" >&2
    exit 2
  fi
}
needed SEGMENT_SER_INPUT 'the archive, with one directory per day'
needed SEGMENT_SER_OUTPUT 'where the tables are'

date=$(date -u -d yesterday +%F)
if [[ $# -gt 0 && $1 != -- ]]; then
  date=$1
  shift
fi

exec "$(dirname "$(readlink -f "$0")")/segment-ser" score \
  --input "$SEGMENT_SER_INPUT/$date" --output "$SEGMENT_SER_OUTPUT" \
  ${SEGMENT_SER_MODEL:+--model "$SEGMENT_SER_MODEL"} --run-date "$date" --run-id "nightly-$date" "$@"
