"""Short lists of names whose kind is certain: places, given names, endings and titles in Latin script."""

from typing import Final

_PLACES: Final = """
    Afghanistan|Africa|Albania|Algeria|Amsterdam|Antarctica|Argentina|Armenia|Asia|Athens|Atlanta|Australia|Austria|Azerbaijan
    |Baghdad|Bangkok|Bangladesh|Barcelona|Basel|Bavaria|Beijing|Belarus|Belfast|Belgium|Berlin|Bern|Bolivia|Boston|Bosnia
    |Brazil|Bremen|Britain|Brussels|Bucharest|Budapest|Bulgaria|Cairo|California|Cambodia|Cameroon|Canada|Cape
    Town|Chicago |Chile|China|Cologne|Colombia|Copenhagen|Costa Rica|Croatia|Cuba|Cyprus|Czech
    Republic|Czechia|Dallas|Delhi|Denmark
    |Denver|Deutschland|Dresden|Dubai|Dublin|Ecuador|Edinburgh|Egypt|England|Estonia|Ethiopia|Europe|Europa|European
    Union
    |Finland|Florida|France|Frankfurt|Frankreich|Geneva|Georgia|Germany|Ghana|Glasgow|Greece|Greenland|Guatemala|Haiti|Hamburg
    |Hamburg|Hanoi|Hawaii|Helsinki|Hong
    Kong|Houston|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Istanbul|Italy
    |Jakarta|Jamaica|Japan|Jerusalem|Johannesburg|Jordan|Kazakhstan|Kenya|Kiel|Kyiv|Kyoto|Lagos|Latvia|Lebanon|Leipzig|Lima
    |Lisbon|Lithuania|London|Los
    Angeles|Luxembourg|Lyon|Madrid|Malaysia|Malta|Manchester|Manila|Marseille|Melbourne|Mexico |Mexico
    City|Miami|Milan|Moldova|Mongolia|Montreal|Morocco|Moscow|Mumbai|Munich|München|Myanmar|Nairobi|Nepal
    |Netherlands|New Delhi|New York|New York City|New Zealand|Nicaragua|Nigeria|North America|North
    Korea|Norway|Nürnberg
    |Oakland|Oregon|Osaka|Oslo|Ottawa|Pakistan|Palestine|Panama|Paraguay|Paris|Peru|Philadelphia|Philippines|Poland|Portland
    |Portugal|Prague|Qatar|Quebec|Rome|Romania|Rotterdam|Russia|Rwanda|San Diego|San Francisco|Santiago|Saudi
    Arabia |Schweiz|Scotland|Seattle|Senegal|Seoul|Serbia|Shanghai|Shenzhen|Silicon
    Valley|Singapore|Slovakia|Slovenia|Somalia |South Africa|South America|South Korea|Spain|Sri
    Lanka|Stockholm|Stuttgart|Sudan|Sweden|Switzerland|Sydney|Syria|Taiwan
    |Tanzania|Tehran|Texas|Thailand|Tokyo|Toronto|Tunisia|Turkey|UAE|UK|US|USA|Uganda|Ukraine|United
    Kingdom|United States
    |Uruguay|Utah|Vancouver|Venezuela|Venice|Vienna|Vietnam|Wales|Warsaw|Washington|Wien|Yemen|Zimbabwe|Zurich|Zürich|Österreich
    """
PLACES: Final = frozenset(" ".join(_PLACES.split()).replace(" |", "|").split("|"))

_GIVEN: Final = """
    Aaron Abigail Adam Adrian Ahmed Aisha Alan Alejandro Alessandro Alex Alexander Alexandra Alfred Ali Alice
    Alison Amanda Amina Amy Ana Andrea Andreas Andrew Angela Anita Anja Ann Anna Anne Antonio Arjun Arthur Astrid
    Barbara Beatrice Ben Benjamin Bernard Birgit Björn Bob Brenda Brent Brian Bruce Carl Carla Carlos Carmen
    Caroline Catherine Cecilia Charles Charlotte Chloe Chris Christian Christina Christine Christopher Claire
    Clara Claudia Clive Colin Craig Cynthia Dan Daniel Daniela David Deborah Deepak Dennis Diana Diego Dmitri
    Dominic Donald Dorothy Douglas Edith Eduardo Edward Elaine Elena Eleanor Elias Elizabeth Ella Ellen Elsa Emil
    Emily Emma Eric Erik Esther Eva Evelyn Fatima Felix Fiona Frances Francesca Francis Frank Fred Friedrich
    Gabriel Gareth Gary Georg George Gerald Gina Giovanni Grace Graham Greta Guillermo Günter Hannah Hans Harold
    Harry Hassan Heather Heinrich Helen Helena Henrik Henry Hiroshi Howard Hugh Hugo Ian Ibrahim Ines Inge Ingrid
    Irene Isaac Isabel Isabella Ivan Jack Jacob James Jan Jana Jane Janet Jasmine Jason Javier Jean Jennifer Jens
    Jeremy Jessica Joan Joanna Johan Johann Johannes John Jon Jonas Jonathan Jordi Jorge Josef Joseph Joshua Juan
    Judith Julia Julian Julie Jürgen Kai Karen Karin Karl Kate Katharina Katherine Kathleen Keiko Keith Kelly
    Kenneth Kenji Kevin Kim Klaus Kristin Lars Laura Lauren Laurence Lawrence Leah Lena Leo Leon Liam Lila Linda
    Lisa Liz Louis Louise Lucas Lucia Lucy Luis Luisa Lukas Lydia Magnus Malcolm Manuel Marco Marcus Margaret
    Maria Marie Marina Mario Mark Markus Marta Martha Martin Mary Mateo Matthew Matthias Max Maya Megan Mei
    Michael Michelle Miguel Mika Mike Mohamed Mohammed Monica Nadia Nancy Naomi Natalia Natalie Nathan Neil Nia
    Nicholas Nick Nicole Nigel Nils Nina Noah Nora Norman Olga Oliver Olivia Omar Oscar Otto Owen Pablo Pamela
    Patricia Patrick Paul Paula Pedro Peter Petra Philip Phoebe Pierre Priya Rachel Rafael Rahul Raj Rajesh Ralph
    Raymond Rebecca Renate Richard Robert Roberto Robin Roger Roland Rosa Rose Ruth Ryan Sabine Salma Sam Samantha
    Samuel Sandra Sara Sarah Satoshi Scott Sean Sebastian Sergei Sharon Silvia Simon Sofia Sonja Sophia Sophie
    Stefan Stefanie Stella Stephanie Stephen Steve Steven Stuart Susan Suzanne Sven Sylvia Tanja Tariq Teresa Theo
    Theresa Thomas Tim Timothy Tobias Tom Tomas Tomasz Tony Ulrich Ursula Valentina Vera Veronica Victor Victoria
    Viktor Vincent Virginia Vladimir Volodymyr Walter Wanda Wei Wendy Werner William Wolfgang Xavier Yasmin Yuki
    Yusuf Yvonne Zoe Zoltan
    """
GIVEN_NAMES: Final = frozenset(_GIVEN.split())

_ORGANIZATION_ENDS: Final = """
    Inc Ltd LLC Corp Corporation Company Co GmbH AG SE KG SA BV Oy AB plc PLC Group Holdings University
    Universität College Institute Institut Laboratory Lab Labs Laboratories Council Ministry Agency Authority Bank
    Library Museum Association Commission Committee Department Foundation Stiftung Center Centre Hospital Clinic
    Observatory Academy Society Union Federation Alliance Consortium Cooperative Bureau Office Press Times Gazette
    Herald Journal Observer Tribune Post Airlines Airways Systems Technologies Technology Energy Energie Power
    Motors Electric Electronics Semiconductor Semiconductors Microsystems Industries Partners Ventures Capital
    Software Networks Solutions Robotics Instruments Works Werke Stadtwerke Logistics Transit Railways School
    Ministerium Bundesamt Verband Verein Court Parliament Senate Computing Analytics Studios Media Research
    Security Mobility Police Service Services
    """
ORGANIZATION_ENDS: Final = frozenset(_ORGANIZATION_ENDS.split())

_ORGANIZATION_STARTS: Final = """
    University|Institute|Ministry|Department|Bank|Council|Museum|Library|Universität|Institut|Bundesamt|Port|Office|Bureau
    |Society|School|Academy|College|Stadtwerke|Technische Universität|Ministerium
    """
ORGANIZATION_STARTS: Final = frozenset("".join(_ORGANIZATION_STARTS.split()).split("|"))
"""Words that name an organization when "of" follows: University of Bergen."""

_PLACE_ENDS: Final = """
    Bay River Island Islands Harbor Harbour Street Avenue Road Strait Valley Coast Sea Ocean Lake Mountains
    Peninsula County Province District Square Bridge Fjord Gulf Glacier Desert Creek Beach Canal Park Airport
    """
PLACE_ENDS: Final = frozenset(_PLACE_ENDS.split())

_TITLES: Final = """
    Dr Prof Professor Mr Mrs Ms Sir Dame Lord Lady President Minister Mayor Senator Governor Chancellor Captain
    Judge Bishop Pope King Queen Prince Princess Commissioner Councillor Ambassador Colonel General Sergeant
    Inspector Herr Frau Bürgermeister Bürgermeisterin Ministerin Kanzler Kanzlerin Präsident Präsidentin
    Professorin
    """
TITLES: Final = frozenset(_TITLES.split())
