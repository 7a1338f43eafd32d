"""The contact guard against a second writing of the rules: ``python -m benchmarks.contact_rules [--requests 100000]``."""

import sys

import click

from tests.contact_samples import differences, samples


@click.command()
@click.option("--requests", default=100_000, show_default=True)
@click.option("--seed", default=7, show_default=True)
def main(requests: int, seed: int) -> None:
    """Draw contacts by chance, and print where the two do not say the same; status 1 where there is any."""
    found = differences(iter(samples(requests, seed=seed)))
    for each in found[:20]:
        click.echo(each)
    click.echo(f"{requests} requests, {len(found)} differences")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
