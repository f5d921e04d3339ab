// @ts-check
/**
 * The 256 words that two people read to each other: plain things that are seen and touched, none of the body.
 *
 * They are one sentence of the catalogue, so that each language has 256 words of its own. Two screens in different
 * languages compare the digits instead, which say the same.
 */

import { t } from "../components/language.js";

/** @returns {readonly string[]} */
export function codeWords() {
  return t(
    "acorn acre album alder alpaca amber anchor anise apple apron arch aster attic autumn bagel bamboo banjo barley basil basket beach beacon bean beaver berry birch biscuit blanket bluebell boat bonfire book bottle bowl branch bread breeze brick bridge brook broom bubble bucket button cabin cactus camel candle canoe canyon carpet carrot castle cedar cello chalk cherry chestnut chimney cider cinnamon circle cliff clock cloud clover cobalt cocoa coconut comet compass copper coral corn cotton crane cricket crystal cup daisy dawn desert diamond dolphin donkey door dragon drum duck eagle easel echo elbow ember engine envelope fable falcon farm feather fern fiddle field fig finch flag flame flute forest fossil fountain fox garden garlic gate ginger giraffe glacier globe glove goat gold goose grape grass gravel guitar hammock harbor harp hawk hazel hedge heron hill honey horizon horse iceberg igloo indigo ink iris island ivory ivy jacket jade jasmine jigsaw juniper kayak kettle kite kitten koala ladder lagoon lake lamp lantern lava lavender leaf lemon lily linen lizard llama lotus lunch lynx magnet mango maple marble market meadow melon mill mint mirror moon mosaic mountain muffin museum nectar needle nest noodle nutmeg oak oasis ocean olive onion opal orange orchid otter owl oyster paddle painter palm panda paper parsley peach pebble pelican pepper piano pigeon pillow pine planet plum pocket pond poppy potato prairie pumpkin puzzle quartz quilt rabbit radio rain raven ribbon river robin rocket rose saddle sailboat salmon sandal sapphire satchel shell silver sparrow sunflower teapot thimble tulip umbrella violin walnut willow window zebra",
  ).split(" ");
}
