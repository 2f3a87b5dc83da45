"""The help desk's voice in French.

Makes: `FRENCH`.
May import: voice, groups.
Must never: use an acronym; leave a plain space before a colon, or between a number and what it counts.
Read first: `FRENCH`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from devicetrust.help_desk.groups import Actor, Group
from devicetrust.help_desk.voice import Text, Voice, When
from devicetrust.verdict import Outcome

__all__ = ["FRENCH"]

_MONTHS: Final = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_SPACE: Final = "\N{NO-BREAK SPACE}"
_COLON: Final = f"{_SPACE}:"


def _time(moment: datetime) -> str:
    """``31 mai 2026 à 23 h 59, temps universel``, of a moment in UTC; the first of a month is ``1er``."""
    day = "1er" if moment.day == 1 else str(moment.day)
    clock = f"{moment.hour}{_SPACE}h{_SPACE}{moment.minute:02}"
    return f"{day}{_SPACE}{_MONTHS[moment.month - 1]} {moment.year} à {clock}, temps universel"


_DEVICE: Final = f"Appareil, d’après son certificat{_COLON} {{device}}."
_AUTHORITY: Final = "une autorité qui se porte garante de l’appareil"
_OF_AUTHORITY: Final = "d’une autorité qui se porte garante de l’appareil"

FRENCH: Final = Voice(
    device={
        Outcome.TRUSTED: f"{_DEVICE} Il est admis.",
        Outcome.TRUSTED_BY_EXCEPTION: f"{_DEVICE} Il est admis par dérogation.",
        Outcome.UNTRUSTED: f"{_DEVICE} Il est refusé.",
        Outcome.UNDECIDED: f"{_DEVICE} Il n’est pas admis tant que la vérification reste incomplète.",
    },
    serial="{name} (numéro de série {serial})",
    unreadable="inconnu (empreinte {fingerprint})",
    happened=f"Ce qui s’est passé{_COLON} {{happened}} ({{when}}).",
    lasting=f"Admis jusqu’au {{until}}. Au-delà{_COLON} {{happened}}.",
    excepted=f"Admis jusqu’au {{until}}. Motif de la dérogation{_COLON} {{happened}} ({{when}}).",
    endless="Aucune date n’y met fin et il n’y a rien à faire.",
    not_enough="C’est moins que ce qui est demandé.",
    acts=f"Qui doit agir{_COLON} {{actor}}.",
    acts_before=f"Qui doit agir d’ici là{_COLON} {{actor}}.",
    to_do=f"Marche à suivre{_COLON} {{to_do}}.",
    code=f"Code à donner au téléphone{_COLON} {{code}}",
    when={When.SINCE: "depuis le {time}", When.BEGINS: "valable à partir du {time}", When.SEEN: "constaté le {time}"},
    time=_time,
    actors={
        Actor.DEVICE_MAKER: "le fabricant de l’appareil",
        Actor.CERTIFICATE_TEAM: "l’équipe chargée des certificats",
        Actor.SERVER_OWNER: "le responsable de ce serveur",
        Actor.NETWORK_TEAM: "l’équipe réseau",
        Actor.CLOCK_KEEPER: "la personne chargée de l’horloge de ce serveur",
    },
    texts={
        Group.EXPIRED: Text(
            "le certificat de l’appareil a expiré",
            "faire établir un nouveau certificat et l’installer sur l’appareil",
            f"le certificat {_OF_AUTHORITY} a expiré",
            "faire renouveler le certificat de cette autorité, puis reconnecter l’appareil",
        ),
        Group.NOT_YET_VALID: Text(
            "le certificat de l’appareil n’est pas encore valable",
            "vérifier l’horloge de ce serveur. Si elle est juste, attendre cette date ou faire établir un autre "
            "certificat",
            f"le certificat {_OF_AUTHORITY} n’est pas encore valable",
        ),
        Group.WITHDRAWN: Text(
            "le certificat de l’appareil a été révoqué",
            "laisser l’appareil hors du réseau jusqu’à ce que le motif soit connu et qu’un nouveau certificat soit "
            "installé",
            f"le certificat {_OF_AUTHORITY} a été révoqué",
            "s’attendre au même refus pour d’autres appareils. Demander quelle autorité prend le relais et lui faire "
            "établir de nouveaux certificats",
        ),
        Group.SUSPENDED: Text(
            "le certificat de l’appareil est suspendu",
            "laisser l’appareil hors du réseau jusqu’à la levée de la suspension",
            f"le certificat {_OF_AUTHORITY} est suspendu",
        ),
        Group.STATUS_UNKNOWN: Text(
            "impossible de savoir si le certificat de l’appareil a été révoqué",
            "vérifier que ce serveur peut joindre le service qui publie les certificats révoqués, puis réessayer",
            f"impossible de savoir si le certificat {_OF_AUTHORITY} a été révoqué",
        ),
        Group.STATUS_OUTDATED: Text(
            "la liste des certificats révoqués dont dispose ce serveur n’est plus à jour",
            "faire parvenir une liste plus récente à ce serveur",
        ),
        Group.UNKNOWN_AUTHORITY: Text(
            "ce serveur ne connaît pas l’autorité qui a délivré le certificat de l’appareil",
            "vérifier que l’appareil a sa place ici. Si oui, ajouter son autorité à celles que ce serveur reconnaît, "
            "ou régler l’appareil pour qu’il envoie toute sa chaîne de certificats",
            "ce serveur ne connaît pas l’autorité dont dépend celle qui a délivré le certificat de l’appareil",
        ),
        Group.SELF_MADE: Text(
            "l’appareil présente un certificat qu’il a établi lui-même",
            "installer sur l’appareil un certificat de l’établissement ou, s’il ne peut pas en recevoir, "
            "l’enregistrer nommément sur ce serveur",
            "la chaîne de l’appareil aboutit à une autorité qui a établi elle-même son certificat et qui est inconnue "
            "ici",
            "vérifier si cette autorité a sa place ici et si ce serveur doit la reconnaître",
        ),
        Group.FORGED: Text(
            "le certificat a été modifié après sa délivrance, ou son émetteur n’est pas celui qu’il prétend être",
            "laisser l’appareil hors du réseau et faire examiner l’incident comme une attaque possible",
        ),
        Group.OVERREACH: Text(
            "une autorité a délivré un certificat qu’elle n’avait pas le droit de délivrer",
            "faire établir le certificat de l’appareil par une autorité habilitée",
        ),
        Group.WRONG_NAME: Text(
            "le certificat ne porte pas le nom attendu",
            "vérifier qu’il s’agit du bon appareil et que ce serveur le connaît sous son vrai nom. Si les deux sont "
            "exacts, faire établir un certificat à ce nom",
        ),
        Group.WRONG_DEVICE: Text(
            "le certificat n’est pas celui de l’appareil attendu ici",
            "déterminer de quel appareil il s’agit. S’il en remplace un autre, corriger l’inventaire. Si c’est le "
            "bon, faire établir un certificat qui le désigne comme dans l’inventaire",
        ),
        Group.WRONG_PURPOSE: Text(
            "le certificat n’a pas été délivré pour cet usage",
            "faire établir un certificat pour l’usage qui est fait de l’appareil",
            f"{_AUTHORITY} n’est pas habilitée pour cet usage",
        ),
        Group.TOO_WEAK: Text(
            "la clé de l’appareil, ou la signature de son certificat, est trop faible pour être fiable",
            "demander comment doter l’appareil d’une clé plus forte, puis faire établir un nouveau certificat",
            f"la clé {_OF_AUTHORITY}, ou la signature de son certificat, est trop faible pour être fiable",
            "faire remplacer cette autorité par une autorité plus sûre, puis faire établir un nouveau certificat pour "
            "l’appareil",
        ),
        Group.KEY_KNOWN: Text(
            "la clé de l’appareil est connue d’autres personnes, qui peuvent se faire passer pour lui",
            "laisser l’appareil hors du réseau jusqu’à ce qu’il ait une nouvelle clé et un nouveau certificat",
            f"la clé {_OF_AUTHORITY} est connue d’autres personnes, qui peuvent délivrer de faux certificats",
            "faire remplacer cette autorité et faire établir de nouveaux certificats pour les appareils concernés",
        ),
        Group.UNREADABLE: Text(
            "le certificat de l’appareil est illisible ou contient un élément que ce serveur ne comprend pas",
            "demander un certificat conforme à la norme, en joignant le fichier du certificat actuel",
            f"le certificat {_OF_AUTHORITY} est illisible ou contient un élément que ce serveur ne comprend pas",
        ),
        Group.AGAINST_THE_RULES: Text(
            "le certificat de l’appareil enfreint une règle en vigueur ici",
            "faire établir un certificat conforme. Le code ci-dessous indique la règle enfreinte",
            f"le certificat {_OF_AUTHORITY} enfreint une règle en vigueur ici",
        ),
        Group.AGAINST_THE_FIELD: Text(
            "le certificat de l’appareil enfreint une règle propre à ce type d’appareil",
            "transmettre le code ci-dessous au fabricant et lui demander un certificat conforme",
            f"le certificat {_OF_AUTHORITY} enfreint une règle propre à ce type d’appareil",
            "faire remplacer ce certificat par un certificat conforme. Le code ci-dessous indique la règle enfreinte",
        ),
        Group.SOON_REFUSED: Text(
            "d’autres logiciels refusent ce certificat ou le refuseront bientôt",
            "faire établir à temps un certificat qui sera accepté partout",
        ),
        Group.CLOCK: Text(
            "l’horloge de ce serveur est fausse, ou l’heure n’est pas connue avec assez de précision",
            "régler l’horloge de ce serveur sur un service de temps, puis réessayer",
        ),
        Group.TEST_ONLY: Text(
            "le certificat vient d’une autorité de test, dont les clés sont connues de tous",
            "retirer sans délai cette autorité de ce serveur et installer un vrai certificat sur l’appareil",
        ),
        Group.CUT_SHORT: Text(
            "la vérification n’a pas pu être menée à son terme",
            "transmettre le code ci-dessous et le fichier du certificat au responsable de ce serveur",
        ),
        Group.EXCEPTION: Text(
            "une dérogation a été accordée, qui concerne cet appareil",
            "faire corriger la cause avant la fin de la dérogation",
        ),
        Group.NOTE: Text("rien d’anormal, une simple remarque", "rien"),
    },
)
