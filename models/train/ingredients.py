"""Everything that training pictures are made of, with its licence: the one table of it."""

from __future__ import annotations

from dataclasses import dataclass

FONTS = """
    adf-oldania aenigma ancient-scripts aoyagi-kouzan-t averia-serif-gwf bajaderka beteckna blankenburg
    bwht cabinsketch cherrybomb comfortaa courier-prime dancingscript dclfonts dejavu-core
    dkg-handwriting dustin ebgaramond ecolier-court essays1743 evertype-conakry femkeklaver
    georgewilliams gfs-didot-classic gnutypewriter gotico-antiqua goudybookletter hosny-amiri humor-sans
    isabella joscelyn kaushanscript klaudia-berenika klee kouzan-mouhitsu kristi lato ldco le-murmure
    leckerli-one levien-typoscript liberation2 lobster lobstertwo lohit-deva mononoki mph-2b-damase
    nanum-extra oldstandard quicksand radisnoir rufscript seto sil-scheherazade sjfonts staypuft
    summersby symbola thai-tlwg-ttf tomsontalks urw-base35
""".split()  # noqa: SIM905 (a list would be a page long)


@dataclass(frozen=True)
class Ingredient:
    """One package that pictures, artwork or fonts are taken from, and what allows that."""

    registry: str
    package: str
    what: str
    licence: str


INGREDIENTS = (
    Ingredient("npm", "@iconify-json/game-icons", "one-colour artwork", "CC-BY-3.0 (game-icons.net)"),
    Ingredient("npm", "@iconify-json/noto", "coloured artwork", "Apache-2.0 (Google Noto Emoji)"),
    Ingredient("npm", "@iconify-json/twemoji", "coloured artwork", "CC-BY-4.0 (Twitter Emoji)"),
    Ingredient("npm", "@iconify-json/healthicons", "one-colour artwork", "MIT (Resolve to Save Lives)"),
    Ingredient("Debian", "mate-backgrounds", "photos, drawings", "GPL-2+, CC-BY-SA-4.0"),
    Ingredient("Debian", "gnome-backgrounds", "photos, drawings", "CC-BY-SA-3.0, CC-BY-SA-2.0, CC-BY-2.0"),
    Ingredient("Debian", "plasma-workspace-wallpapers", "photos, drawings", "GPL-2+"),
    Ingredient("Debian", "ukui-wallpapers", "photos, drawings", "CC-BY-SA-3.0"),
    Ingredient(
        "Debian", "lomiri-wallpapers-16.04", "photos", "CC-BY-4.0, CC-BY-SA-3.0, CC-BY-SA-4.0, CC0-1.0"
    ),
    Ingredient(
        "Debian", "lomiri-wallpapers-20.04", "photos", "CC-BY-4.0, CC-BY-SA-3.0, CC-BY-SA-4.0, CC0-1.0"
    ),
    Ingredient("Debian", "wesnoth-1.16-data", "paintings of clothed people", "GPL-2+"),
    Ingredient("Debian", "tuxpaint-stamps-default", "cut-out photos of animals, plants, things", "GPL-2"),
    Ingredient(
        "Debian", "gcompris-qt-data", "photos, old paintings", "CC-BY, CC-BY-SA, CC0, public domain, GPL-3+"
    ),
    *(
        Ingredient(
            "Debian",
            f"fonts-{name}",
            "lettering",
            "free, in Debian main: mostly OFL-1.1; GPL, public domain (its copyright file)",
        )
        for name in FONTS
    ),
    Ingredient(
        "PyPI", "scikit-image", "photos (skimage.data)", "CC0, CC-BY-2.0, public domain (its data/README.txt)"
    ),
    Ingredient("PyPI", "scikit-learn", "two photos", "CC-BY-2.0 (its datasets/images/README.txt)"),
    Ingredient(
        "none",
        "shared/data/skin",
        "clinical photos with wound masks",
        "no licence file: published for research by the AZH Wound and Vascular Center (FUSeg 2021)",
    ),
)
