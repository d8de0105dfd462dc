"""What interrupted a run, in sentences for the page, derived from its records alone."""

from emotion_core.jobs import CLUSTER_LOST, MAX_ATTEMPTS, NODE_LOST, RESTARTED, Record
from emotion_core.training.store.run_records import COMPLETE, RESUMED, is_run_record, unbroken
from emotion_core.training.store.runs import Run

# In the record of a process: the name or address of its computer in a cluster.
NODE = "node"


def interruption_messages(run: Run) -> tuple[str, ...]:
    """Return a sentence for each restart of the run after its process ended without recording why.

    Args:
        run: whose records are read.

    Returns:
        The sentences, oldest first; empty for an uninterrupted run.
    """
    records = [record for record in run.folder.records() if is_run_record(record)]
    restarts = [number for number, record in enumerate(records) if record.get("event") == RESTARTED]
    return tuple(_sentence(records[number], records[:number], records[number + 1 :]) for number in restarts)


def _sentence(begun: Record, before: list[Record], after: list[Record]) -> str:
    done = [record["epoch"] for record in unbroken(before) if record.get("event") == "epoch"]
    resumed = next((record for record in after if record.get("event") == RESUMED), {})
    if resumed.get(COMPLETE):
        return f"{_loss(begun)} after its last epoch; its results are complete."
    epoch = resumed.get("epoch")
    goes_on = f"goes on after epoch {epoch}" if epoch else "begins again"
    node = begun["place"].get(NODE)
    where = f"{f' on {node}' if node else ''}, try {begun['try']} of {MAX_ATTEMPTS}"
    return f"{_loss(begun)} in epoch {max(done, default=0) + 1}; the run {goes_on}{where}."


def _loss(begun: Record) -> str:
    node = begun["before"].get(NODE)
    if begun["cause"] == NODE_LOST:
        return f"The node {node} was lost"
    if begun["cause"] == CLUSTER_LOST:
        return "The cluster was lost and restarted"
    return f"The process{f' on {node}' if node else ''} was killed or ran out of memory"
