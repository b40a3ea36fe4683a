# Clients from BAF or 1C with their cards: the report of bonuses that a card has,
# saved as a table (.xlsx) or as text.  The code there has letters and zeros and
# is no number that Polycard's id could be.
#
# polycard-import --market NAME --profile baf.profile cards.xlsx

map Код=
map Власник картки=name
map Владелец карты=name
map Магнітний код=barcode
map Магнитный код=barcode
map Кінцевий залишок=bonus
map Конечный остаток=bonus

# bonuses are 1 250,50 hryvnias; if yours are kopecks: money kopeck
money hryvnia
decimal comma
date dmy

# a report has columns that Polycard does not want
ignore-unknown
