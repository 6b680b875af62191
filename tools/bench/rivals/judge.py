"""The guarantees that a run kept, from what the services recorded. The same rules apply to every tool."""

from collections.abc import Iterator

ONE, RIGHT, IN_TIME, NOT_EARLY, ONCE = GUARANTEES = (
    "one invalidation for each target",
    "the action succeeds if CloudFront completes",
    "the tool reports a result before a timer of AWS does",
    "no success before CloudFront completed",
    "subscribers get one message with the result",
)
# Scenarios in which the action must or may fail.
MUST_FAIL, MAY_FAIL = {"unreadable"}, {"dies-always"}


def broken(run: dict) -> Iterator[tuple[str, str]]:
    """Each guarantee that the run did not keep, and what happened instead."""
    minutes = f"{round(run['at_s'] / 60)} min" if run["at_s"] >= 60 else f"{run['at_s']} s"
    succeeded = run["status"] == "Succeeded"
    if run["most_per_target"] > 1:
        yield ONE, f"{run['most_per_target']} invalidations"
    if run["by"] == "timer":
        yield IN_TIME, f"no result for {minutes}"
    if run["scenario"] in MUST_FAIL:
        if succeeded:
            yield RIGHT, "succeeds"
    elif run["by"] == "tool" and not succeeded and run["scenario"] not in MAY_FAIL:
        yield RIGHT, f"fails after {minutes}"
    elif run["by"] == "timer" and run["scenario"] not in MAY_FAIL:
        yield RIGHT, ""
    if succeeded and (run["least_per_target"] < 1 or run["completed_s"] > run["at_s"]):
        yield NOT_EARLY, "succeeds too early"
    told = run.get("notifications")
    if told is not None and told != ["success" if succeeded else "failed"]:
        yield ONCE, "no message" if not told else f"{len(told)} messages" if len(told) > 1 else "a wrong message"


# A run that kept every guarantee, and changes of it after which one is not kept.
SOUND = {"scenario": "none", "status": "Succeeded", "by": "tool", "at_s": 30, "most_per_target": 1, "least_per_target": 1, "completed_s": 10,
         "notifications": ["success"]}
SEEDED = [
    (ONE, {"most_per_target": 2}), (RIGHT, {"status": "Failed", "notifications": ["failed"]}), (RIGHT, {"scenario": "unreadable"}),
    (IN_TIME, {"by": "timer", "status": "Failed", "scenario": "dies-always", "notifications": ["failed"]}),
    (NOT_EARLY, {"completed_s": 31}), (NOT_EARLY, {"least_per_target": 0}),
    (ONCE, {"notifications": []}), (ONCE, {"notifications": ["success", "success"]}), (ONCE, {"notifications": ["failed"]}),
]


def overlooked() -> Iterator[str]:
    """The seeded changes that are not noticed as meant."""
    for wanted, change in [(None, {}), *SEEDED]:
        found = [name for name, _ in broken(SOUND | change)]
        if found != ([wanted] if wanted else []):
            yield f"seeded {change}: {found}"
