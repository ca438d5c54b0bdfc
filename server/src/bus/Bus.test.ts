import { Bus } from "./Bus.ts"
import { busContract } from "./busContract.ts"

busContract("the bus of one process", Bus.layerInProcess)
