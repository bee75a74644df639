"""Reading what /metrics answers."""

from prometheus_client.parser import text_string_to_metric_families

from daemon.api.metrics import Metrics


class Scrape:
    """One answer, by name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def value(self, name: str, **labels: str) -> float:
        """The one sample with exactly these labels; 0 when there is none."""
        return next((one.value for one in self.samples if one.name == name and one.labels == labels), 0.0)

    def total(self, name: str, **labels: str) -> float:
        """The sum of all samples of a name that have these labels among theirs."""
        return sum(one.value for one in self.samples if one.name == name and labels.items() <= one.labels.items())

    def labels(self, name: str, label: str) -> set[str]:
        """The words a label takes."""
        return {one.labels[label] for one in self.samples if one.name == name}


async def scrape(metrics: Metrics) -> Scrape:
    """What the registry shows now, without HTTP."""
    text, _ = await metrics.render("")
    return Scrape(text.decode())


def names_of(metrics: Metrics) -> set[str]:
    """Every name a query may use, also of what has no sample yet."""
    names: set[str] = set()
    for family in metrics.registry.collect():
        names |= {f"{family.name}{ending}" for ending in _ENDINGS[family.type]}
    return names


_ENDINGS = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum"),
    "info": ("_info",),
}
