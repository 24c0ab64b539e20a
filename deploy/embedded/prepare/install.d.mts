export declare function installWhenNeeded(root: string, say: (line: string) => void): Promise<void>;
export declare function isInstalled(root: string): boolean;
