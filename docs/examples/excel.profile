# Clients from a list that people keep in Excel: the workbook itself (.xlsx), or
# what it saves as CSV.  Columns are known by their names in Ukrainian, Russian
# and English; add a line "map TITLE=ATTRIBUTE" for each that is not.
#
# polycard-import --market NAME --profile excel.profile clients.xlsx

# a column with the whole name goes into the surname
map ПІБ=surname
map ФИО=surname

# bonuses are 1 250,50 hryvnias; if yours are kopecks: money kopeck
money hryvnia
decimal comma

# a day with strokes has the day before the month
date dmy

# words for a sex that are one's own
sex 1=male
sex 2=female
sex пан=male
sex пані=female

# a list has columns that Polycard does not want
ignore-unknown
