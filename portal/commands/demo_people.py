"""Everybody of the demo: the cast, and borrowers with invented names. Nobody is real; the numbers belong to nobody's story but this one."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from portal.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class DemoStaff:
    login: str
    name: str
    number: str
    roles: tuple[Role, ...]

    @property
    def totp_secret(self) -> str:
        """Never changes, so that an authenticator app that took it once goes on working after a reset."""
        return b32encode(sha256(f"demo {self.login}".encode()).digest()[:20]).decode()


@dataclass(frozen=True, slots=True)
class DemoBorrower:
    """``mobile`` is E.164. ``key`` is what the demo's own stories call the person."""

    key: str
    name: str
    mobile: str
    id_last4: str
    birth_year: int
    locale: str = "zh_CN"

    @property
    def sex(self) -> str:
        """As the invented IDs have it: GB 11643 gives men an odd 17th figure of 18."""
        return "male" if int(self.id_last4[2]) % 2 else "female"


STAFF: Final[Sequence[DemoStaff]] = (
    DemoStaff("chen.chen", "陈晨", "1001", (Role.AGENT,)),
    DemoStaff("zhou.min", "周敏", "1002", (Role.APPROVER,)),
    DemoStaff("wu.yan", "吴岩", "1003", (Role.APPROVER, Role.SUPERVISOR)),
    DemoStaff("zheng.hao", "郑浩", "1004", (Role.AUDITOR,)),
    DemoStaff("sun.hao", "孙浩", "1005", (Role.ADMINISTRATOR,)),
    DemoStaff("he.jing", "何静", "1006", (Role.COLLECTOR,)),
    DemoStaff("lin.yue", "林悦", "1007", (Role.CALLER,)),
    DemoStaff("xu.jie", "徐洁", "1009", (Role.SUPERVISOR,)),
)

LI_NA: Final = DemoBorrower("LN", "李娜", "+8613800138001", "1024", 1992)
WANG_QIANG: Final = DemoBorrower("WQ", "王强", "+8613800138002", "203X", 1988)

_INVENTED: Final = (
    ("NONE", "陈静怡", "3305", 1990),
    ("FIVE", "刘洋", "1187", 1985),
    ("PAID", "赵丽华", "4021", 1979),
    ("M1A", "孙立新", "0913", 1995),
    ("M2A", "钱海燕", "2744", 1983),
    ("M3A", "冯志远", "6612", 1991),
    ("M4A", "褚国栋", "8050", 1976),
    ("OFF", "卫春梅", "153X", 1981),
    ("OLD", "蒋建业", "7098", 1969),
    ("DISP", "沈秋月", "3361", 1993),
    ("COMP", "韩冬", "9027", 1987),
    ("ILL", "杨雪", "4478", 1990),
    ("LAW", "朱文博", "6236", 1984),
    ("DRAFT", "秦晓彤", "5519", 1998),
    ("READY", "许家明", "1402", 1994),
    ("SIGN", "吕思远", "8833", 1989),
    ("ANEW", "张立秋", "3770", 1982),
    ("WAIT", "孔令怡", "6141", 1996),
    ("SICK", "曹慧敏", "9356", 1980),
    ("LATE", "严子豪", "0588", 1997),
    ("KIND", "华一鸣", "747X", 1992),
    ("GUAR", "金素芬", "1219", 1978),
    ("KEPT", "魏小安", "8402", 1991),
    ("LONGER", "姜慧", "2917", 1985),
    ("FRESH", "戚美玲", "6684", 1993),
    ("MISS", "谢天宇", "7730", 1990),
    ("BROKE", "邹大伟", "3148", 1977),
    ("ENDED", "喻红霞", "4495", 1974),
    ("DONE", "柏青松", "0021", 1986),
    ("NO", "水文静", "9812", 1995),
    ("AGAIN", "窦志强", "6509", 1983),
    ("BACK", "章思琪", "2276", 1999),
    ("GONE", "云海波", "1830", 1992),
    ("AWAY", "苏婉婷", "5947", 1994),
    ("OFFER", "潘晓雯", "4150", 1988),
    ("ASKED", "范嘉怡", "7306", 1995),
    ("TWO", "彭立群", "2681", 1984),
    ("MOVED", "罗晓舟", "4417", 1988),
    ("WEEK", "鲁志远", "7316", 1990),
    ("STEP", "薛佳怡", "2058", 1993),
    ("FIRST", "雷志明", "4462", 1982),
    ("SOON", "贺思雨", "6907", 1997),
    ("LESS", "郎国华", "1346", 1971),
)

INVENTED: Final[Sequence[DemoBorrower]] = tuple(
    DemoBorrower(key, name, f"+861990000{1001 + place}", ending, born)
    for place, (key, name, ending, born) in enumerate(_INVENTED)
)

COUPLE: Final = (
    DemoBorrower("HE", "潘建国", "+8619900002001", "1177", 1980),
    DemoBorrower("SHE", "葛玉兰", "+8619900002001", "2288", 1982),
)
"""One telephone for two: the ending of the ID tells them apart."""

ENGLISH: Final = DemoBorrower("EN", "Anna Berg", "+8619900002002", "9001", 1991, "en")

RARE: Final = DemoBorrower("RARE", "范\U00031350", "+8619900002003", "3003", 1984)
"""A name with a character that the document's font lacks: signing stops and says so."""

BORROWERS: Final[Sequence[DemoBorrower]] = (LI_NA, WANG_QIANG, *INVENTED, *COUPLE, ENGLISH, RARE)

_NUMBERS: Final = {borrower.key: number for number, borrower in enumerate(BORROWERS, start=10_001)}


def borrower_ref(key: str) -> str:
    """The reference that the lender's book has for a borrower."""
    return f"B{_NUMBERS[key]}"


def loan_ref(key: str, number: int = 1) -> str:
    """The reference of a borrower's first loan, or of a later one."""
    return f"L{_NUMBERS[key]}{number:02}"
