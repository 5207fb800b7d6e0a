"""Words that turn up in the passwords people guess first."""

import gzip
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "common_passwords.txt.gz"

_WORDS = """
abcabc abcdef access account admin administrator alexander america amanda andrea andrew angel
anthony april arsenal ashley august austin autumn backup banana baseball basketball batman
bailey beautiful blink blue booking brandon buster butterfly calendar camille change changeit
changeme charlie charlotte cheese chelsea chester chicken chocolate clinic clinician computer
cookie corvette cowboy daniel december default demo desktop diamond doctor dragon eagles
elephant elizabeth email england europe example facebook family february ferrari flower
flowers football forever freedom friday friend friends garden george ginger google guest
hannah harley harry health hello heather hockey holiday home hospital hunter iloveyou internet
jackson january jasmine jennifer jessica jordan joshua july june junior justin killer
ladybug lakers laptop liverpool login london love loveme letmein lovely lucky maggie manchester
manager march martin master matrix matthew maverick medical melissa mercedes merlin michael
michelle microsoft mickey monday money monkey monster morgan mother mustang myspace naruto
needle needles network nicole ninja november nurse october office orange pass passphrase
passw passwd password patient peanut pepper phoenix pokemon practitioner practice princess
private purple querty qwer qwert qwerty ranger reception receptionist richard robert rosebud
saturday samantha samsung scooter secret secure security september server service shadow
silver snoopy soccer spider spring staff starwars stefan stella summer sunday sunshine super
superman supervisor support sweety system taylor temp temporary tennis test testing
therapist therapy thomas thunder thursday tigger tigers trustno twitter tuesday united user
username victoria wednesday welcome whatever william windows winter wizard work yankees yellow
"""

COMMON_WORDS = frozenset(_WORDS.split())
"""A few hundred, of which a password may hold hardly any."""


@cache
def common_passwords() -> frozenset[str]:
    """Return some fifty thousand passwords and names that are tried first, lower case.

    Four to 24 characters each. Read once, from the file beside this one.
    """
    lines = gzip.decompress(_FILE.read_bytes()).decode().splitlines()
    return frozenset(line for line in lines if not line.startswith("# "))
