"""Scores the archive's new audio every night (Airflow 3.2 or newer).

Set SEGMENT_SER_INPUT, SEGMENT_SER_OUTPUT and what else nightly.sh reads in the environment of the workers,
and SEGMENT_SER_HOME to where segment-ser is. A backfill is Airflow's own:

    airflow backfill create --dag-id segment_ser --from-date 2026-11-01 --to-date 2026-11-21
"""

import json
import os
from datetime import timedelta

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronDataIntervalTimetable
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

HOME = os.environ.get("SEGMENT_SER_HOME", "/opt/segment-ser")


class Nightly(BashOperator):
    """Fails without a retry where another operator would skip."""

    def execute(self, context):
        try:
            return super().execute(context)
        except AirflowSkipException as e:
            raise AirflowFailException("no retry helps after this exit code; see docs/runbook.md") from e


with DAG(
    dag_id="segment_ser",
    # A run at 02:00 is for the day before, in which its data interval starts.
    schedule=CronDataIntervalTimetable("0 2 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2026, 11, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
):
    Nightly(
        task_id="score",
        bash_command=HOME + "/submit/nightly.sh {{ data_interval_start | ds }}",
        # Usage, input or model, and too many rejects: no retry helps. After the last all is done, but a retry
        # would find nothing new and pass for a good night.
        skip_on_exit_code=[2, 3, 4],
        # Each goes on where the one before died; the delay outlasts the lease of a dead run.
        retries=3,
        retry_delay=timedelta(minutes=15),
        # The summary, for other tasks.
        output_processor=json.loads,
    )
