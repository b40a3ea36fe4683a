# Clients from 1C or BAF: a list that was saved as a table of text (;) or, in a
# spreadsheet, as CSV.  Columns are known by their names in Ukrainian and
# Russian; add a line "map TITLE=ATTRIBUTE" for each that is not.
#
# polycard-import --market NAME --profile 1c.profile clients.csv

# a column with the whole name is passed over; where there is no other one:
#map ПІБ=surname

# bonuses are 1 250,50 hryvnias; if yours are kopecks: money kopeck
money hryvnia
decimal comma
date dmy

# a list has columns that Polycard does not want
ignore-unknown
