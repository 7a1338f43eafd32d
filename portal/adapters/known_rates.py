"""What a process knows of the prime rate when it begins."""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from portal.db import transaction
from portal.domain.rate_caps import know_prime_rates
from portal.queries.prime_rates import read_prime_rates


def know_rates_of(engine: Engine) -> None:
    """Prime rates that operators added hold in this process from here on; without tables, or a database, only the published ones do."""
    try:
        with transaction(engine, writes=False) as session:
            read_prime_rates(session)
    except SQLAlchemyError:
        know_prime_rates({})
