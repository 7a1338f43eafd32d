"""A simulated year of messages: ``python -m benchmarks.message_year [--days 365] [--database postgresql]``.

Status 1 where one went out against a rule.
"""

import sys
from collections import Counter

import click

from benchmarks.databases import KINDS, migrated
from portal.adapters.logs import configure_logs
from tests.message_year import World


@click.command()
@click.option("--days", default=365, show_default=True)
@click.option("--seed", default=7, show_default=True)
@click.option("--database", "kind", type=click.Choice(KINDS), default="sqlite", show_default=True)
def main(days: int, seed: int, kind: str) -> None:
    """Holds, plans, wishes, refusals and failing providers by chance; what was really sent is judged by the second writing of the rules."""
    configure_logs()
    with migrated(kind, "year") as url:
        world = World(url, seed=seed)
        judged = world.live(days)
    by_template = Counter(f"{sent.channel.value} {sent.template}" for sent in judged.sent)
    click.echo(
        f"{days} days: {world.asked} asked for, {len(judged.sent)} sent, {judged.failed} failures of providers"
    )
    click.echo(f"sent: {dict(sorted(by_template.items()))}")
    click.echo(f"stopped or put off: {dict(sorted(judged.refused.items()))}")
    for line in judged.against[:20]:
        click.echo(line)
    click.echo(f"{len(judged.against)} against a rule, {len(judged.broken)} kept back by an error of ours")
    sys.exit(bool(judged.against or judged.broken))


if __name__ == "__main__":
    main()
