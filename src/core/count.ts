export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
