# A table for people and spreadsheets, the same way out and in:
#
# polycard-export --market NAME --all --profile sheet.profile clients.csv
# polycard-import --market NAME --profile sheet.profile clients.csv

delimiter ;
bom
money hryvnia
decimal comma
date dmy
phone signs
text-cards
sex ч=male
sex ж=female
group-titles

map Телефон=phone
map Прізвище=surname
map Ім'я=name
map По батькові=middlename
map E-mail=email
map Стать=sex
map Дата народження=birthday
map Номер картки=barcode
map Бонуси, грн=bonus
map Знижка, %=discount
map Група=loyalty_group_id
map Код клієнта=id
