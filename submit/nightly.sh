#!/usr/bin/env bash
# One night's run, for cron, Airflow or a systemd timer:
#
#   SEGMENT_SER_INPUT=s3a://archive SEGMENT_SER_OUTPUT=hdfs:///emotions SEGMENT_SER_MODEL=hdfs:///models/m \
#     submit/nightly.sh [DATE] [-- spark-submit options]
#
# Scores SEGMENT_SER_INPUT/DATE (default: yesterday, UTC) under the run id nightly-DATE. A night that is
# there already is an error (exit code 2), so a run repeated by mistake does no harm. Exit codes are those
# of segment-ser; 4 means that too many clips were rejected.
set -euo pipefail

input=${SEGMENT_SER_INPUT:?is not set: the archive, with one directory a day}
output=${SEGMENT_SER_OUTPUT:?is not set: where the tables are}
model=${SEGMENT_SER_MODEL:?is not set: the model directory}

date=$(date -u -d yesterday +%F)
if [[ $# -gt 0 && $1 != -- ]]; then
  date=$1
  shift
fi

exec "$(dirname "$(readlink -f "$0")")/segment-ser" score \
  --input "$input/$date" --output "$output" --model "$model" \
  --run-date "$date" --run-id "nightly-$date" "$@"
