/**
 * 1 024 words for reading aloud, in alphabetical order: any two differ in three letters or more, in the first four
 * letters, and in how their consonants sound. The order is part of the protocol.
 */
export const wordList: readonly string[] = `
abacus ability absent academy acorn acrobat adapt admiral adobe advice agate airline airport alarm alcove
algebra almond alpaca alphabet alpine amazing amber anchor ancient angel animal ankle antenna anthem antique
apron aquarium arcade arctic arena armchair artist aspen asphalt assembly athlete atlas attach auburn august
aunt avenue average avocado axis bachelor backpack badge bakery balcony ballad bamboo banana banjo banner
barbecue barley barn baseball basil basket bazaar beach beagle beaver bedroom begin belfry bell belong
benefit bicycle billiard biology birthday blender blossom blouse boat bobsled bonfire border boring bottle
boundary bouquet bracelet brass bread brick broccoli bronze brother brown bubble buffalo builder bulldog
bumper bungalow bunny bushel business button buzzard cabbage cabin cactus cafe calendar calico camera canal
canopy canyon capital captain caramel cardinal cargo caribou carousel carpet cartoon cashew castle catalog
cavalry cedar ceiling cement ceramic cereal chalk champion channel chariot cheese cherry chestnut chicken
chimney chipmunk chisel chorus chrome church cinema cinnamon circus city clarity classic clever cliff
climate clinic cloak club cobalt cobbler cobra coconut collar colony comfort compass concert condor confetti
congress copper corduroy corridor cosmos costume cottage council cousin cowboy coyote cradle crater credit
creek crimson crochet crop crossbow cruise crystal cuckoo cucumber cupboard cupcake current cushion custard
cutlery cyclone cymbal cypress daffodil dairy dance darling database daughter daytime debate decorate delta
denim dentist deputy desert design desk detail detour dialogue diamond diesel digital dinghy dinosaur
diploma direct distant division dolphin domino donkey doorbell double dough dozen dragon drama dresser drift
driver drizzle drummer duchess dugout durable dustpan dwarf earth echo eclipse economy edition educate
effort eggplant elbow elder elegant elevator embassy emblem emerald emperor empire energy engine enjoy
entrance envelope episode epoch equator errand escape espresso essay eternal evening evidence example
exchange exhibit exotic expert explorer extra eyebrow fabric factory family famous fantasy farmer faucet
feast feather february federal fennel ferret festival fiction fiddle field fifteen figure filter finch
firefly fiscal fishbowl flag flamingo fleece flint florist flour fluffy flute focus foggy folklore football
forever forklift formula fortune forward fossil fountain fragile freckle freezer freight fresco friday
frontier frying furnace galaxy gallery gamma garage garden garlic gasoline gateway gazelle genius gentle
geyser gherkin giant ginger giraffe glacier goblet gold gondola goose gorilla graduate grain grandma gravel
grocery grotto guard guest guitar gumdrop gymnast halibut hammock hamster handbag hangar hardware harmony
harvest hatchet haystack hazel headline helmet helpful herb heritage hexagon hiccup highway hiking hilltop
history hobby holiday hollow hoof horizon hornet hospital humid hummus hundred hunter hurdle husky hybrid
hydrant iceberg identity idol igloo iguana imagine impala improve income index indigo industry infant inning
insect interior invite island italic item ivory jackal jaguar jamboree jasmine javelin jazz jersey jewel
jigsaw journal joyful juggle jukebox july junction junior justice kangaroo keepsake ketchup keyboard keyhole
kidney kimono kingdom kiosk kitchen kiwi knapsack knee knight knuckle koala kumquat lacquer ladder lagoon
lamb landmark language lantern laptop lasagna lasso latitude laundry lavender leaflet lecture legacy legend
legume lemon lentil leopard letter liberty library license lifeboat lilac linen lioness lipstick liquid
lizard lobster local locket logic lounge luggage lullaby luminous lunar luxury lynx macaroni machine madame
magazine magenta magnet mahogany mailbox majesty makeup mammoth mandolin maple marathon margin marigold
marshal mason massage material mattress maximum meadow meaning measure mechanic medicine melody mention menu
merchant mermaid meteor midnight military million mimosa mineral minibus minnow minute miracle mirror mitten
mixture mobile modern molasses molecule monarch monday mongoose monopoly monsoon monument mortar mosaic
mosquito muffin mulberry mulch multiply muscle museum mushroom mustang mutual myrtle mystery napkin narrow
nation nature nautical navigate navy nebula necklace nectar needle negative nephew neptune network neutral
nickel nimble nitrogen normal notebook notice novel nuclear nugget nurse nutmeg nylon oatmeal obelisk object
oboe obstacle obvious ocean october odyssey office olive omelet onion onyx opera opossum opponent optic
orange orbit orchard ordinary oregano oriole ornament ostrich outdoor outfit oxygen pacific package padlock
pageant pagoda palace palm pancake panorama pansy papaya paper paprika paradise parcel parsnip partner
passport pasta patience patrol pavilion peacock peanut pearl peasant pecan penguin pentagon perfume permit
peroxide person petunia phantom pharmacy photo physics piccolo pickle picnic pigeon pigment pilgrim pilot
pinball pinwheel pioneer pirate pizza plantain plaster platform plumber plywood polka pollen polygon popcorn
porridge portrait positive postman potato pottery poultry practice prairie preface premium present pretzel
primrose prince prism privacy problem product profit program prologue promise propane protein proverb public
pudding pumice pumpkin punctual puppet purpose pursuit puzzle pyramid python quadrant quail quality quantum
quarry queen question rabbit raccoon radio railway rainbow raisin random rational ravine razor rebound
recess recipe record redwood referee regatta regular reindeer relay relish remark remedy renown repeat
replica reptile request rescue result retina reunion revolve rhubarb rhythm ribbon roadside rocky romance
rosemary rotunda rowboat rubber rucksack rugby runway rural sacred safari saffron sailor salsa sandwich
sapphire sardine schedule school science scissors scooter scorpion scout scribble sculptor seagull seaside
seesaw sentry serenade service session seven shampoo shed shelter shepherd sheriff shingle shipyard shoelace
shoulder shrimp shuttle sidewalk sierra signal sincere skeleton sketch skillet skunk skylark slalom sleigh
slipper slogan smile snack snorkel snow soccer society sofa software soldier solution someday sonata soprano
souvenir spacious spatula spectrum spider spinach spiral splash sponge sporty spruce squad squeeze squirrel
stable stadium standard star stencil stirrup stocking stove strategy street strudel student sturdy sublime
suitcase summit sunset support surgeon surprise sushi suspense swamp swing symphony syntax syrup system
tadpole talent tapestry tapioca tarragon tartan tavern teammate teapot temple tennis terrace thermos thirsty
thistle thousand thumb tiptoe tissue toboggan toffee together tolerant tongue topaz topical torch tornado
tortoise toucan tourist tower tractor traffic trailer transit trapeze trellis triangle tribute triumph
trolley trombone tropic trousers truffle trumpet tuba tuesday tugboat tulip tundra turbine turkey tutor
tuxedo twelve twilight typhoon umbrella unicorn universe unusual upgrade uplift upright upstairs urban
useful vacation vacuum vanilla variety vehicle velocity venison veranda verdict vertical vessel veteran
viaduct vibrant vicar video village vinegar violet virtue visitor vitamin vivid volcano volume voyage
vulture waffle waiter wallet walrus warbler wardrobe warrior wasabi watch weekend welcome wetland wheat
whimsy whisker widget wigwam wildlife windmill wingspan wisdom wisteria wombat woodland worm wrench yacht
yearbook yeoman zenith zeppelin zigzag zodiac zucchini
`
  .trim()
  .split(/\s+/);
