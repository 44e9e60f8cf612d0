"""Words by which a street is known, as alternatives of a Rust expression."""

from __future__ import annotations

USPS = (
    "Alley Anex Annex Arcade Avenue Ave Av Bayou Beach Bend Bluff Bluffs Bottom Boulevard "
    "Blvd Branch Bridge Brook Brooks Burg Burgs Bypass Camp Canyon Cape Causeway Center "
    "Centers Circle Cir Circles Cliff Cliffs Club Common Commons Corner Corners Course Court "
    "Ct Courts Cove Coves Creek Crescent Cres Crest Crossing Crossroad Curve Dale Dam Divide "
    "Drive Dr Drives Estate Estates Expressway Expy Extension Extensions Fall Falls Ferry "
    "Field Fields Flat Flats Ford Fords Forest Forge Forges Fork Forks Fort Freeway Fwy "
    "Garden Gardens Gateway Glen Glens Green Greens Grove Groves Harbor Harbors Haven Heights "
    "Highway Hwy Hill Hills Hollow Inlet Island Islands Isle Junction Junctions Key Keys "
    "Knoll Knolls Lake Lakes Land Landing Lane Ln Light Lights Loaf Lock Locks Lodge Loop "
    "Mall Manor Manors Meadow Meadows Mews Mill Mills Mission Motorway Mount Mountain "
    "Mountains Neck Orchard Oval Overpass Park Parks Parkway Pkwy Parkways Pass Passage Path "
    "Pike Pine Pines Place Pl Plain Plains Plaza Point Points Port Ports Prairie Radial Ramp "
    "Ranch Rapid Rapids Rest Ridge Ridges River Road Rd Roads Route Row Rue Run Shoal Shoals "
    "Shore Shores Skyway Spring Springs Spur Spurs Square Sq Squares Station Stravenue Stream "
    "Street St Streets Summit Terrace Ter Throughway Trace Track Trafficway Trail Trl Trailer "
    "Tunnel Turnpike Underpass Union Unions Valley Valleys Via Viaduct View Views Village "
    "Villages Ville Vista Walk Walks Wall Way Ways Well Wells "
)
"""Street suffixes of the United States (USPS Publication 28, appendix C1), with short forms."""
BRITISH = (
    "Close Gdns Quay Parade Pde Rise Vale Wharf Mead Croft Yard Lea Drove Gate Hythe Strand Wynd"
)
ENGLISH = "(?:" + "|".join(sorted({*USPS.split(), *BRITISH.split()}, reverse=True)) + ")"
LEADING = (
    r"(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d\.?|[Pp]lace|[Cc]hemin|[Aa]ll[ée]e|[Ii]mpasse|[Qq]uai"
    r"|[Rr]oute|[Cc]ours|Calle(?:jón)?|C/|C\.|Camino|Ronda|Rambla|Glorieta|Cuesta|Pasaje"
    r"|Pasadizo|Alameda|Cañada|Travesía|Urbanización|Vial|Acceso|Carretera|Avenida|Avda?\.?|Av\.|Plaza|Paseo|Carrera|Rua|R\.|Travessa"
    r"|Pra[çc]a|Largo|Estrada|Via|Viale|V\.le|Piazza|Corso|Vicolo|Strada|Contrada|ul\.|al\.|os\.|pl\."
    r"|[Uu]lica|[Uu]lice|Aleja|Str\.|Strada|Bulevardul)"
)
"""Before the name: French, Spanish, Portuguese, Italian, Polish, Czech, Romanian."""
ENDINGS = (
    r"(?:stra(?:ß|ss)e|str\.?|weg|gasse|platz|allee|ring|damm|ufer|steig|straat|laan|plein|gracht"
    r"|kade|dreef|gatan|gata|gränd|vägen|vej|veien|vegen|gade|gaten|stræde|allé|katu|tie|kuja|polku"
    r"|vegur|stígur)"
)
"""At the end of the name: German, Dutch, Swedish, Danish, Norwegian, Finnish, Icelandic."""
APART = (
    r"(?:Stra(?:ß|ss)e|Str\.|Weg|Platz|Allee|Gasse|Ring|Damm|Ufer|u\.|utca|út|krt\.|tér|köz|ulica"
    r"|cesta|ulice|[Gg]ate|[Gg]ata|[Vv]ei|Sokak|Sok\.|Caddesi|Cad\.|Bulvarı|gatve|iela)"
)
"""A word of its own behind the name: German, Hungarian, Slavic languages, Turkish, Baltic ones."""
